#include "osler/model/model_card.h"

#include <gmock/gmock.h>

namespace osler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A whole card, line by line.
std::string card_text() {
  return "name: qwen2.5-vl-7b\n"                                                                             // 1
         "title: Qwen2.5-VL 7B Instruct\n"                                                                   // 2
         "class: general\n"                                                                                  // 3
         "parameters: 8.3\n"                                                                                 // 4
         "family: qwen2.5-vl\n"                                                                              // 5
         "hub: Qwen/Qwen2.5-VL-7B-Instruct\n"                                                                // 6
         "licence: apache-2.0\n"                                                                             // 7
         "matches: [\"*Qwen2.5-VL-7B*\", \"*qwen2_5-vl-7b*\"]\n"                                             // 8
         "gguf: {repo: ggml-org/Q-GGUF, quant: Q8_0, mmproj: m.gguf, revision: v1, verified: false}\n"       // 9
         "images: {min_tokens: 4, max_tokens: 16384, tokens_from: 28x28 pixels}\n"                           // 10
         "thinking: {open: <think>, close: </think>, budget: 8192}\n"                                        // 11
         "decoding: {temperature: 0, top_p: 0.9, top_k: 5, repetition_penalty: 1.05, max_new_tokens: 99}\n"  // 12
         "extra_body: {mm_processor_kwargs: {max_pixels: 12845056, fast: true}, ids: [1, \"2\", x]}\n"       // 13
         "serving: {server: vllm, command: vllm serve Q, why: faster}\n"                                     // 14
         "notes:\n"                                                                                          // 15
         "  - {text: it is large, source: https://example.org}\n"                                            // 16
         "  - {text: it is slow, verified: false}\n";                                                        // 17
}

std::string message_of(const Result<ModelCard>& result) { return result ? "(no error)" : result.error().message(); }

/// What is complained about when `part` reads `instead`.
std::string complaint(const std::string& part, const std::string& instead) {
  std::string text = card_text();
  const auto at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  text.replace(at, part.size(), instead);
  return message_of(parse_model_card(text, "m.yaml"));
}

TEST(ModelCard, ReadsEveryKey) {
  const auto card =
      parse_model_card("base: someone\ngated: true\npublished_as: Q\nnot: [\"*-Base*\"]\n" + card_text(), "m");
  ASSERT_TRUE(card) << message_of(card);
  EXPECT_EQ(card->name, "qwen2.5-vl-7b");
  EXPECT_EQ(card->title, "Qwen2.5-VL 7B Instruct");
  EXPECT_EQ(card->model_class, ModelClass::general);
  EXPECT_EQ(card->parameters, 8.3);
  EXPECT_EQ(card->family, "qwen2.5-vl");
  EXPECT_EQ(card->base, "someone");
  EXPECT_EQ(card->hub, "Qwen/Qwen2.5-VL-7B-Instruct");
  EXPECT_EQ(card->licence, "apache-2.0");
  EXPECT_TRUE(card->gated);
  EXPECT_EQ(card->published_as, "Q");
  EXPECT_THAT(card->matches, ElementsAre("*qwen2.5-vl-7b*", "*qwen2_5-vl-7b*"));
  EXPECT_THAT(card->not_these, ElementsAre("*-base*"));
  ASSERT_TRUE(card->gguf);
  EXPECT_EQ(card->gguf->repo, "ggml-org/Q-GGUF");
  EXPECT_EQ(card->gguf->revision, "v1");
  EXPECT_EQ(card->gguf->quant, "Q8_0");
  EXPECT_EQ(card->gguf->mmproj, "m.gguf");
  EXPECT_FALSE(card->gguf->verified);
  EXPECT_EQ(card->images.min_tokens, 4);
  EXPECT_EQ(card->images.max_tokens, 16384);
  EXPECT_EQ(card->images.tokens_from, "28x28 pixels");
  ASSERT_TRUE(card->thinking);
  EXPECT_EQ(card->thinking->open, "<think>");
  EXPECT_EQ(card->thinking->close, "</think>");
  EXPECT_EQ(card->thinking->budget, 8192);
  EXPECT_EQ(card->decoding.temperature, 0.0);
  EXPECT_EQ(card->decoding.top_p, 0.9);
  EXPECT_EQ(card->decoding.top_k, 5);
  EXPECT_EQ(card->decoding.repetition_penalty, 1.05);
  EXPECT_EQ(card->decoding.max_new_tokens, 99);
  EXPECT_EQ(card->extra_body, R"({"mm_processor_kwargs":{"max_pixels":12845056,"fast":true},"ids":[1,"2","x"]})");
  ASSERT_TRUE(card->serving);
  EXPECT_EQ(card->serving->server, "vllm");
  EXPECT_EQ(card->serving->command, "vllm serve Q");
  EXPECT_EQ(card->serving->why, "faster");
  ASSERT_EQ(card->notes.size(), 2U);
  EXPECT_EQ(card->notes[0].source, "https://example.org");
  EXPECT_TRUE(card->notes[0].verified);
  EXPECT_EQ(card->notes[1].text, "it is slow");
  EXPECT_FALSE(card->notes[1].verified);
  EXPECT_EQ(card->hash.size(), 64U);
}

TEST(ModelCard, WhatIsNotKnownIsLeftOut) {
  const auto card = parse_model_card(
      "name: m\ntitle: M\nclass: medical\nparameters: 4\nfamily: f\nhub: a/b\nlicence: mit\nmatches: m-*\n", "m.yaml");
  ASSERT_TRUE(card) << message_of(card);
  EXPECT_EQ(card->model_class, ModelClass::medical);
  EXPECT_FALSE(card->gguf || card->thinking || card->serving || card->images.max_tokens || card->decoding.temperature);
  EXPECT_EQ(card->extra_body, "");
}

TEST(ModelCard, SaysHowTheModelEmbeds) {
  const auto with = [](const std::string& section) { return parse_model_card(card_text() + section, "m.yaml"); };
  const auto card = with(
      "embedding: {pooling: mean, prompt: \"<s>{instruction}{image}{text}<e>\", instruction: Look., min_image_tokens: "
      "2,\n"
      "  max_image_tokens: 9, most_images: 1, most_tokens: 1800, first_resize: {side: 14, min_tokens: 3,\n"
      "  max_tokens: 8}, dimensions: 1536}\n");
  ASSERT_TRUE(card) << message_of(card);
  ASSERT_TRUE(card->embedding);
  const EmbeddingRecipe& recipe = *card->embedding;
  EXPECT_EQ(recipe.pooling, Pooling::mean);
  EXPECT_EQ(recipe.prompt, "<s>{instruction}{image}{text}<e>");
  EXPECT_EQ(recipe.instruction, "Look.");
  EXPECT_EQ(recipe.min_image_tokens, 2);
  EXPECT_EQ(recipe.max_image_tokens, 9);
  EXPECT_EQ(recipe.most_images, 1U);
  EXPECT_EQ(recipe.most_tokens, 1800U);
  ASSERT_TRUE(recipe.first_resize);
  EXPECT_EQ(recipe.first_resize->side, 14U);
  EXPECT_EQ(recipe.first_resize->min_tokens, 3U);
  EXPECT_EQ(recipe.first_resize->max_tokens, 8U);
  EXPECT_EQ(recipe.dimensions, 1536U);
  for (const auto& [section, complaint] : std::vector<std::pair<std::string, std::string>>{
           {"embedding: {pooling: max}\n", "unknown pooling 'max'"},
           {"embedding: {prompt: x}\n", "pooling"},
           {"embedding: {pooling: mean, prompt: x}\n", "no place for the item"},
           {"embedding: {pooling: mean, prompt: \"{text}{text}\"}\n", "{text} twice"},
           {"embedding: {pooling: mean, prompt: \"{text}{image}\"}\n", "ends in an image"},
           {"embedding: {pooling: mean, most_tokens: 0}\n", "'most_tokens' must be from 1"},
           {"embedding: {pooling: mean, min_image_tokens: 5, max_image_tokens: 4}\n", "is more than"},
           {"embedding: {pooling: mean, first_resize: {side: 4096}}\n", "134 megapixels"},
           {"embedding: {pooling: mean, dimension: 3}\n", "did you mean 'dimensions'"}}) {
    EXPECT_THAT(message_of(with(section)), HasSubstr(complaint)) << section;
  }
}

TEST(ModelCard, TheShippedOneOfGmeIsAsItsAuthorsHaveIt) {
  const auto card = find_model_card("gme-qwen2-vl-2b");
  ASSERT_TRUE(card) << message_of(card);
  ASSERT_TRUE(card->embedding);
  EXPECT_EQ(card->embedding->prompt,
            "<|im_start|>system\n{instruction}<|im_end|>\n<|im_start|>user\n{image}{text}<|im_end|>\n"
            "<|im_start|>assistant\n<|endoftext|>");
  EXPECT_EQ(card->embedding->most_tokens, 1800U);
}

TEST(ModelCard, AnUnknownKeyIsNamedWithItsLine) {
  EXPECT_THAT(complaint("family:", "familly:"),
              StartsWith("m.yaml, line 5: unknown key 'familly'; did you mean 'family'?"));
  EXPECT_THAT(complaint("budget:", "bugdet:"), StartsWith("m.yaml, line 11: unknown key 'bugdet'"));
  EXPECT_THAT(complaint("why:", "because:"), StartsWith("m.yaml, line 14: unknown key 'because'"));
}

TEST(ModelCard, ABadValueIsNamedWithItsLine) {
  EXPECT_THAT(complaint("name: qwen2.5-vl-7b", "name: Qwen"), StartsWith("m.yaml, line 1: 'Qwen' cannot be a model's"));
  EXPECT_THAT(complaint("general", "surgical"), StartsWith("m.yaml, line 3: unknown class 'surgical'"));
  EXPECT_THAT(complaint("8.3", "-8"), StartsWith("m.yaml, line 4: 'parameters' must be positive"));
  EXPECT_THAT(complaint("hub: Qwen/", "hub: ../"),
              StartsWith("m.yaml, line 6: '../Qwen2.5-VL-7B-Instruct' is not the"));
  EXPECT_THAT(complaint("\"*Qwen2.5-VL-7B*\"", "\"*\""), StartsWith("m.yaml, line 8: 'matches' does not tell"));
  EXPECT_THAT(complaint("revision: v1", "revision: ../x"), StartsWith("m.yaml, line 9: '../x' cannot be a revision"));
  EXPECT_THAT(complaint("min_tokens: 4", "min_tokens: 20000"), StartsWith("m.yaml, line 10: 'min_tokens' is more"));
  EXPECT_THAT(complaint("open: <think>", "open: a"),
              StartsWith("m.yaml, line 11: 'open' cannot be told from an answer"));
  EXPECT_THAT(complaint("budget: 8192", "budget: 0"), StartsWith("m.yaml, line 11: 'budget' must be positive"));
  EXPECT_THAT(complaint("top_p: 0.9", "top_p: 0"), StartsWith("m.yaml, line 12: 'top_p' must be positive"));
  EXPECT_THAT(complaint(", source: https://example.org", ""), StartsWith("m.yaml, line 16: a note without a source"));
}

TEST(ModelCard, WhatJsonCannotHoldIsRefused) {
  const std::string body = "{mm_processor_kwargs: {max_pixels: 12845056, fast: true}, ids: [1, \"2\", x]}";
  for (const std::string bad : {"[1]", "word", "{a: 1, b: {c: 1, c: 2}}", "{[1]: 2}", "{a: &x [*x]}"}) {
    EXPECT_THAT(complaint(body, bad), StartsWith("m.yaml, line 13: 'extra_body' is not an object")) << bad;
  }
  // Every line names the one before it twice.
  std::string bomb = "{a0: &a0 [1, 2]";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += ", a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + "]";
  }
  EXPECT_THAT(complaint(body, bomb + "}"), HasSubstr("'extra_body' is not an object"));
}

}  // namespace
}  // namespace osler
