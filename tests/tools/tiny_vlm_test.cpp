#include "tiny_vlm/tiny_vlm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <tuple>

#include "osler/core/hash.h"
#include "support/tiny_models.h"
#include "tools/tiny_vlm_session.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using tiny_vlm::Architecture;
using tiny_vlm::TinyVlmFiles;
using tiny_vlm::TinyVlmOptions;
using tiny_vlm::Voice;

constexpr auto voices = {Voice::random, Voice::boxed};

std::string hash_of(const fs::path& path) { return sha256_of_file(path).value(); }

class EveryTinyVlm : public testing::TestWithParam<std::tuple<Architecture, Voice>> {
 protected:
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] TinyVlmFiles shared_model(std::uint64_t seed = 1) const {
    return tiny_model(std::get<0>(GetParam()), std::get<1>(GetParam()), seed);
  }
  [[nodiscard]] TinyVlmFiles fresh_model() const {
    const TinyVlmOptions options{.architecture = std::get<0>(GetParam()), .voice = std::get<1>(GetParam())};
    return tiny_vlm::write_tiny_vlm(options, folder_).value();
  }

 private:
  fs::path folder_ = fs::path(testing::TempDir()) / ("osler_tiny_vlm_" + std::to_string(getpid()));
};

TEST_P(EveryTinyVlm, HasTheSameBytesForTheSameSeedAndOthersForAnother) {
  const auto once = shared_model();
  const auto again = fresh_model();
  ASSERT_NE(once.model, again.model);
  EXPECT_EQ(hash_of(once.model), hash_of(again.model));
  EXPECT_EQ(hash_of(once.mmproj), hash_of(again.mmproj));
  const auto other = shared_model(2);
  EXPECT_NE(hash_of(once.model), hash_of(other.model));
  EXPECT_NE(hash_of(once.mmproj), hash_of(other.mmproj));
}

TEST_P(EveryTinyVlm, IsSmallerThanAMegabyte) {
  const auto files = shared_model();
  EXPECT_LT(fs::file_size(files.model) + fs::file_size(files.mmproj), 1'000'000U);
}

TEST_P(EveryTinyVlm, SeesAndAnswersTheSameEveryTime) {
  const auto files = shared_model();
  const auto picture = made_up_picture(112, 7);
  TinyVlmSession session(files);
  const auto first = session.ask(picture, "What is seen in the lung?", 16);
  ASSERT_FALSE(first.tokens.empty());
  EXPECT_EQ(session.ask(picture, "What is seen in the lung?", 16).tokens, first.tokens);
  EXPECT_EQ(TinyVlmSession(files).ask(picture, "What is seen in the lung?", 16).tokens, first.tokens);
}

TEST_P(EveryTinyVlm, TokenisesAnyTextThereAndBack) {
  const TinyVlmSession session(shared_model());
  const std::string text =
      "The liver isn't enlarged: 3.5 cm, \xC3\xB6"
      "dema \xE2\x89\xA5 2\n\\boxed{A}";
  std::string back;
  for (const auto token : session.tokenize(text, false)) {
    EXPECT_THAT(session.piece(token), testing::SizeIs(testing::Le(5U))) << "a phrase from plain text";
    back += session.piece(token);
  }
  EXPECT_EQ(back, text);
  EXPECT_LT(session.tokenize("What is the", false).size(), std::string("What is the").size()) << "merges count";
}

TEST_P(EveryTinyVlm, KnowsItsControlTokensItsTemplateAndItsName) {
  const TinyVlmSession session(shared_model());
  const auto* vocabulary = llama_model_get_vocab(session.model());
  for (const std::string control : {"<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"}) {
    EXPECT_THAT(session.tokenize(control, true), testing::SizeIs(1)) << control;
    EXPECT_THAT(session.tokenize(control, false), testing::SizeIs(testing::Gt(1U))) << control;
  }
  EXPECT_EQ(session.tokenize("<|im_end|>", true).front(), llama_vocab_eos(vocabulary));
  EXPECT_EQ(llama_model_n_ctx_train(session.model()), 4096);
  EXPECT_THAT(llama_model_chat_template(session.model(), nullptr), testing::HasSubstr("add_generation_prompt"));
  std::string name(64, '\0');
  ASSERT_GT(llama_model_meta_val_str(session.model(), "general.name", name.data(), name.size()), 0);
  EXPECT_EQ(name.c_str() + std::string(".gguf"), shared_model().model.filename().string());
}

std::string case_name(const testing::TestParamInfo<EveryTinyVlm::ParamType>& tested) {
  return test_name(std::get<0>(tested.param)) + "_" + std::string(tiny_vlm::name_of(std::get<1>(tested.param)));
}

INSTANTIATE_TEST_SUITE_P(All, EveryTinyVlm, testing::ValuesIn(every_tiny_model()), case_name);

TEST(TinyVlm, NamesReadBack) {
  for (const auto architecture : tiny_vlm::kArchitectures) {
    EXPECT_EQ(tiny_vlm::architecture_of(tiny_vlm::name_of(architecture)), architecture);
  }
  for (const auto voice : voices) EXPECT_EQ(tiny_vlm::voice_of(tiny_vlm::name_of(voice)), voice);
  EXPECT_FALSE(tiny_vlm::architecture_of("gpt").has_value());
  EXPECT_FALSE(tiny_vlm::voice_of("").has_value());
}

TEST(TinyVlm, AVoiceThatAnArchitectureDoesNotHaveIsRefused) {
  const auto files = tiny_vlm::write_tiny_vlm({.architecture = Architecture::gemma3, .voice = Voice::boxed}, ".");
  ASSERT_FALSE(files.has_value());
  EXPECT_THAT(files.error().message(), testing::HasSubstr("voice random"));
}

TEST(TinyVlm, AFolderThatCannotBeMadeIsNamed) {
  const auto model = tiny_model(Architecture::llava, Voice::boxed).model;
  const auto files = tiny_vlm::write_tiny_vlm({}, model / "below-a-file");
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, ErrorCode::io);
  EXPECT_THAT(files.error().message(), testing::HasSubstr("below-a-file"));
}

TEST(TinyVlm, AFileThatCannotBeWrittenIsNamed) {
  const fs::path folder = fs::path(testing::TempDir()) / ("osler_tiny_vlm_blocked_" + std::to_string(getpid()));
  fs::create_directories(folder / (tiny_vlm::name_of(TinyVlmOptions{}) + ".gguf"));
  const auto files = tiny_vlm::write_tiny_vlm({}, folder);
  fs::remove_all(folder);
  ASSERT_FALSE(files.has_value());
  EXPECT_THAT(files.error().message(), testing::HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace osler::test
