#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include "osler/model/model_card.h"

namespace osler {
namespace {

using testing::HasSubstr;

ModelCard named(const std::string& name, std::vector<std::string> matches, std::vector<std::string> not_these = {}) {
  ModelCard card;
  card.name = name;
  card.matches = std::move(matches);
  card.not_these = std::move(not_these);
  return card;
}

/// The name of the card that means a model; "" if none does.
std::string meant(const std::string& model) {
  static const std::vector<ModelCard> cards = {
      named("general-7b", {"*general-7b*", "*general_7b*"}, {"*general-7b-base*"}),
      named("medical-7b", {"*medical-general-7b*"}),
      named("medical-7b-v2", {"{x/,}medical-v2*"}),
  };
  const auto card = card_for(model, cards);
  return card ? card->name : std::string();
}

TEST(ModelCatalog, NamesMatchInEitherCase) {
  EXPECT_EQ(meant("General-7B-Instruct-Q4_K_M.gguf"), "general-7b");
  EXPECT_EQ(meant("ggml-org/General_7B-GGUF:Q8_0"), "general-7b");
  EXPECT_EQ(meant("general-70b"), "");
  EXPECT_EQ(meant(""), "");
}

TEST(ModelCatalog, ThePatternThatSaysMostCounts) {
  EXPECT_EQ(meant("someone/Medical-General-7B"), "medical-7b");
  EXPECT_EQ(meant("x/medical-v2"), "medical-7b-v2");
}

TEST(ModelCatalog, WhatACardExcludesItDoesNotMean) { EXPECT_EQ(meant("General-7B-Base.gguf"), ""); }

TEST(ModelCatalog, ItsOwnNameMeansACard) { EXPECT_EQ(meant("medical-7b"), "medical-7b"); }

/// names.yaml: names as they are in use, and the cards that they mean.
TEST(ModelCatalog, NamesInUseMeanTheRightCards) {
  const auto cases = YAML::LoadFile(std::string(OSLER_SOURCE_DIR) + "/tests/model/names.yaml");
  ASSERT_GT(cases.size(), 80U);
  for (const auto& one : cases) {
    const auto name = one["name"].as<std::string>();
    const auto card = card_for(name);
    EXPECT_EQ(card ? card->name : std::string(), one["card"].as<std::string>()) << name;
  }
}

TEST(ModelCatalog, TheShippedOnesParseUnderTheirOwnNames) {
  EXPECT_GE(model_card_names().size(), 15U);
  for (const auto& name : model_card_names()) {
    const auto card = find_model_card(name);
    ASSERT_TRUE(card) << card.error().message();
    EXPECT_EQ(card->name, name);
  }
}

TEST(ModelCatalog, AShippedOneIsMeantByItsRepositories) {
  for (const auto& card : model_cards()) {
    const auto of_hub = card_for(card.hub);
    ASSERT_TRUE(of_hub) << card.hub;
    EXPECT_EQ(of_hub->name, card.name) << card.hub;
    if (!card.gguf) continue;
    const auto of_gguf = card_for(card.gguf->repo);
    ASSERT_TRUE(of_gguf) << card.gguf->repo;
    EXPECT_EQ(of_gguf->name, card.name) << card.gguf->repo;
  }
}

TEST(ModelCatalog, AnUnknownNameIsRefused) {
  const auto card = find_model_card("there-is-no-such-model");
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, ErrorCode::usage);
  EXPECT_THAT(card.error().message(), HasSubstr("there is no model card 'there-is-no-such-model'"));
}

}  // namespace
}  // namespace osler
