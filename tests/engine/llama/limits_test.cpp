#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <thread>

#include "engine/llama/support.h"
#include "osler/core/hash.h"
#include "osler/engine/llama/kv_memory.h"

namespace osler::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

TEST(LlamaLimits, APromptLongerThanTheContextIsAnErrorAndTheNextItemIsAnswered) {
  auto options = options_for(tiny_model(Architecture::qwen25vl, Voice::boxed));
  const auto alone = answers(*open_engine(options), {ask("b", "Q", {picture(56, 56, 1)})})[0];
  options.context = 256;
  const auto engine = open_engine(options);
  const auto responses =
      answers(*engine, {ask("a", std::string(4000, 'x'), {picture(56, 56, 1)}), ask("b", "Q", {picture(56, 56, 1)}),
                        ask("c", "Q", {picture(1000, 1000, 1)}), ask("d", "Q", {picture(56, 56, 1)})});
  EXPECT_EQ(responses[0].finish, FinishReason::error);
  EXPECT_THAT(responses[0].error, HasSubstr(std::to_string(responses[0].prompt_tokens) + " tokens"));
  EXPECT_THAT(responses[0].error, HasSubstr("256"));
  EXPECT_THAT(responses[0].error, HasSubstr("--context"));
  EXPECT_EQ(responses[0].text, "");
  EXPECT_EQ(responses[0].prompt_hash.size(), 64U);
  EXPECT_EQ(responses[2].finish, FinishReason::error);
  EXPECT_THAT(responses[2].error, HasSubstr("--context"));
  EXPECT_EQ(responses[1].text, alone.text);
  EXPECT_EQ(responses[3].text, alone.text);
}

TEST(LlamaLimits, ProcessesWithOneMemoryTogetherTakeHalfOfWhatTheirWeightsLeave) {
  EXPECT_EQ(share_of_memory(60, 20, 1), 30U);
  EXPECT_EQ(share_of_memory(60, 20, 2), 10U) << "the other takes 20 yet, and 40 are left";
  EXPECT_EQ(share_of_memory(60, 0, 3), 10U);
  EXPECT_EQ(share_of_memory(80, 1000, 2), 5U) << "never nothing";
  EXPECT_EQ(share_of_memory(0, 20, 4), 0U) << "unknown stays unknown";
}

TEST(LlamaLimits, AnAnswerThatFillsTheContextEndsAsLength) {
  auto options = options_for(tiny_model(Architecture::qwen25vl, Voice::random));
  options.context = 256;
  const auto engine = open_engine(options);
  const auto base = answers(*engine, {ask("base", "", {}, 1)})[0].prompt_tokens;
  // Digits never merge: every one is a token. From a prompt that leaves one cell to one that leaves none.
  for (std::uint64_t used = 252; used <= 257; ++used) {
    const auto response = answers(*engine, {ask("full", std::string(used - base, '7'), {}, 500)})[0];
    ASSERT_EQ(response.prompt_tokens, used);
    if (used >= 256) {
      EXPECT_EQ(response.finish, FinishReason::error);
      continue;
    }
    EXPECT_EQ(response.finish, FinishReason::length) << response.error;
    EXPECT_EQ(response.completion_tokens, 256 - used + 1) << "the last one needs no cell";
  }
}

TEST(LlamaLimits, TheContextIsNoLargerThanTheModelWasTrainedForUnlessAsked) {
  auto options = options_for(tiny_model(Architecture::llava, Voice::boxed));
  // The tiny models were "trained" on 4,096 tokens.
  const auto too_long = ask("a", std::string(5000, '7'), {}, 8);
  const auto refused = answers(*open_engine(options), {too_long})[0];
  EXPECT_EQ(refused.finish, FinishReason::error);
  EXPECT_THAT(refused.error, HasSubstr("trained on 4096"));
  EXPECT_EQ(open_engine(options)->facts().identity.at("context"), "as needed");
  options.context = 8192;
  const auto engine = open_engine(options);
  EXPECT_EQ(engine->facts().identity.at("context"), "8192");
  EXPECT_NE(answers(*engine, {too_long})[0].finish, FinishReason::error);
}

TEST(LlamaLimits, AnItemThatNeedsMoreMemoryThanIsAllowedSaysSo) {
  auto options = options_for(tiny_model(Architecture::qwen25vl, Voice::boxed));
  const auto bytes = std::stoull(open_engine(options)->facts().details.at("kv_bytes_per_token"));
  options.kv_budget = 1024 * bytes;
  const auto responses = answers(*open_engine(options), {ask("long", "Q", {}, 3000), ask("short", "Q", {}, 30)});
  EXPECT_EQ(responses[0].finish, FinishReason::error);
  EXPECT_THAT(responses[0].error, HasSubstr("--kv-budget"));
  EXPECT_NE(responses[1].finish, FinishReason::error) << responses[1].error;
}

TEST(LlamaLimits, AMicroBatchHoldsAnImageThatTheModelTakesAllAtOnce) {
  const std::vector<Request> requests = {ask("one", "Where?", {picture(84, 56, 1)}, 8),
                                         ask("two", std::string(50, 'x'), {picture(84, 56, 1), picture(56, 84, 2)}, 8)};
  auto options = options_for(tiny_model(Architecture::gemma3, Voice::random));
  options.micro_batch = 5;
  const auto small = open_engine(options);
  EXPECT_EQ(small->facts().identity.at("micro_batch"), "16") << "an image's tokens, which is what answers depend on";
  options.micro_batch = 16;
  const auto fitting = open_engine(options);
  EXPECT_EQ(fitting->facts().identity, small->facts().identity);
  const auto expected = answers(*fitting, requests);
  const auto found = answers(*small, requests);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(found[i].finish, FinishReason::length) << found[i].error;
    EXPECT_EQ(found[i].text, expected[i].text);
  }
  // Others read an image like text, in pieces.
  options = options_for(tiny_model(Architecture::llava, Voice::random));
  options.micro_batch = 5;
  const auto in_pieces = open_engine(options);
  EXPECT_EQ(in_pieces->facts().identity.at("micro_batch"), "5");
  EXPECT_EQ(answers(*in_pieces, requests)[1].finish, FinishReason::length);
}

TEST(LlamaLimits, ATokensMemoryIsThatOfTheLayersThatHaveAttention) {
  const auto bytes = [](Architecture architecture) {
    return open_engine(options_for(tiny_model(architecture, Voice::random)))->facts().details.at("kv_bytes_per_token");
  };
  // 2 layers of 2 heads, each with a key and a value of 16 numbers of 2 bytes.
  EXPECT_EQ(bytes(Architecture::llava), "256");
  EXPECT_EQ(bytes(Architecture::gemma3), "256");
  EXPECT_EQ(bytes(Architecture::lfm2vl), "128") << "its first layer is a convolution";
}

/// Hands out the same request for ever and counts.
class Endless : public RequestSource {
 public:
  explicit Endless(Request request) : request_(std::move(request)) {}
  [[nodiscard]] std::optional<Request> next() override {
    ++given;
    return request_;
  }
  std::size_t given = 0;

 private:
  Request request_;
};

TEST(LlamaStop, InterruptsALongAnswerAtOnceAndLeavesTheEngineUsable) {
  auto options = options_for(tiny_model(Architecture::qwen25vl, Voice::random));
  options.context = 8192;
  const auto engine = open_engine(options);
  const auto image = picture(112, 112, 1);
  const auto before = answers(*engine, {ask("b", "Q", {image})})[0].text;
  for (const auto delay : {0ms, 30ms, 70ms, 150ms}) {
    Endless source(ask("long", "Q", {image}, 4096));
    KeptResponses sink;
    std::stop_source stop;
    std::chrono::steady_clock::time_point asked;
    std::thread stopper([&] {
      std::this_thread::sleep_for(delay);
      asked = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    const auto status = engine->answer(source, sink, stop.get_token());
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    EXPECT_LT(ended - asked, 2s);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::interrupted);
    EXPECT_LE(source.given - sink.kept.size(), 6U) << "only those in hand and made ready have no response";
    for (const auto& response : sink.kept) {
      EXPECT_NE(response.finish, FinishReason::error) << response.error;
      EXPECT_GT(response.completion_tokens, 0U);
    }
  }
  EXPECT_EQ(answers(*engine, {ask("b", "Q", {image})})[0].text, before);
}

TEST(LlamaStop, BeforeTheStartNothingIsAsked) {
  const auto engine = open_engine(options_for(tiny_model(Architecture::llava, Voice::boxed)));
  Endless source(ask("a", "Q"));
  KeptResponses sink;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(engine->answer(source, sink, stop.get_token()).error().code, ErrorCode::interrupted);
  EXPECT_EQ(source.given, 0U);
}

TEST(LlamaSink, AFailureToKeepAResponseEndsTheAnswering) {
  const auto engine = open_engine(options_for(tiny_model(Architecture::llava, Voice::boxed)));
  ListedRequests source(std::vector<Request>(100, ask("a", "Q")));
  KeptResponses sink;
  sink.fail_at = 1;
  const auto status = engine->answer(source, sink, {});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::io);
  EXPECT_EQ(sink.kept.size(), 1U);
  EXPECT_LE(source.given(), 8U) << "those that were made ready";
}

TEST(LlamaTemplate, AModelWithoutOneIsToldHowToGetOne) {
  const TestFolder folder;
  const auto files = tiny_model(Architecture::qwen25vl, Voice::boxed);
  const auto bare = folder.path() / "bare.gguf";
  rewrite_gguf(files.model, bare, [](gguf_context* file) { gguf_remove_key(file, "tokenizer.chat_template"); });
  auto options = options_for({bare, files.mmproj});
  const auto engine = open_llama_engine(options);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().where.file, bare.string());
  EXPECT_THAT(engine.error().message(), HasSubstr("--chat-template"));

  options.chat_template = folder.file("own.jinja",
                                      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                                      "{% endfor %}{{ '<|im_start|>assistant\n' }}");
  const auto image = picture(56, 56, 1);
  const auto with_file = answers(*open_engine(options), {ask("a", "Q", {image})})[0];
  const auto with_own = answers(*open_engine(options_for(files)), {ask("a", "Q", {image})})[0];
  EXPECT_EQ(with_file.text, with_own.text);
  EXPECT_EQ(with_file.prompt_hash.size(), 64U);
  EXPECT_EQ(with_file.prompt_tokens, with_own.prompt_tokens);
}

TEST(LlamaTemplate, AnotherTemplateIsUsedAndStandsInTheIdentity) {
  const TestFolder folder;
  auto options = options_for(tiny_model(Architecture::llava, Voice::boxed));
  const auto own = open_engine(options);
  options.chat_template = folder.file("other.jinja", "{% for m in messages %}USER: {{ m.content }} {% endfor %}A:");
  const auto other = open_engine(options);
  EXPECT_NE(own->facts().identity.at("chat_template_sha256"), other->facts().identity.at("chat_template_sha256"));
  const auto image = picture(56, 56, 1);
  EXPECT_NE(answers(*own, {ask("a", "Q", {image})})[0].prompt_hash,
            answers(*other, {ask("a", "Q", {image})})[0].prompt_hash);
}

TEST(LlamaTemplate, BadTemplateFilesAreNamed) {
  const TestFolder folder;
  auto options = options_for(tiny_model(Architecture::llava, Voice::boxed));
  for (const auto& file : {folder.path() / "none.jinja", folder.path(), folder.file("broken.jinja", "{% for x in")}) {
    options.chat_template = file;
    const auto engine = open_llama_engine(options);
    ASSERT_FALSE(engine.has_value()) << file;
    EXPECT_EQ(engine.error().where.file, file.string());
    EXPECT_FALSE(engine.error().way_out.empty());
  }
}

TEST(LlamaTemplate, OneThatFailsOnAPromptFailsOnlyThatItem) {
  const TestFolder folder;
  auto options = options_for(tiny_model(Architecture::llava, Voice::boxed));
  options.chat_template =
      folder.file("picky.jinja",
                  "{% for m in messages %}{% if 'rude' in m.content %}{{ raise_exception('be polite') }}{% endif %}"
                  "USER: {{ m.content }} {% endfor %}A:");
  const auto responses = answers(*open_engine(options), {ask("a", "rude"), ask("b", "kind")});
  EXPECT_EQ(responses[0].finish, FinishReason::error);
  EXPECT_THAT(responses[0].error, HasSubstr("be polite"));
  EXPECT_NE(responses[1].finish, FinishReason::error);
}

TEST(LlamaTemplate, OneThatWritesTheStartTokenDoesNotDoubleIt) {
  const TestFolder folder;
  // The tiny LLaVA's tokenizer puts its start token before every text by itself.
  auto options = options_for(tiny_model(Architecture::llava, Voice::boxed));
  const std::string rest = "{% for m in messages %}U: {{ m.content }}{% endfor %}";
  options.chat_template = folder.file("without.jinja", rest);
  const auto without = answers(*open_engine(options), {ask("a", "Q")})[0];
  options.chat_template = folder.file("with.jinja", "{{ bos_token }}" + rest);
  const auto with = answers(*open_engine(options), {ask("a", "Q")})[0];
  EXPECT_EQ(with.prompt_tokens, without.prompt_tokens);
  EXPECT_EQ(with.text, without.text);
  // A question that starts with the same text keeps it.
  options.chat_template = folder.file("bare.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
  const auto bare = open_engine(options);
  EXPECT_GT(answers(*bare, {ask("a", "<|endoftext|>Q")})[0].prompt_tokens,
            answers(*bare, {ask("a", "Q")})[0].prompt_tokens + 5);
}

TEST(LlamaWeights, ThatAreNotNumbersAreAnErrorOfTheItem) {
  const TestFolder folder;
  const auto files = tiny_model(Architecture::qwen25vl, Voice::boxed);
  const auto broken = folder.path() / "nan.gguf";
  std::filesystem::copy_file(files.model, broken);
  {
    // The last tensor's end is the file's: the output layer.
    std::fstream file(broken, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-40'000, std::ios::end);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (int i = 0; i < 64; ++i) file.write(reinterpret_cast<const char*>(&nan), sizeof(nan));
  }
  const auto engine = open_llama_engine(options_for({broken, files.mmproj}));
  if (!engine) return;  // Seen while loading is as good.
  const auto response = answers(**engine, {ask("a", "Q", {picture(56, 56, 1)})})[0];
  EXPECT_EQ(response.finish, FinishReason::error);
  EXPECT_THAT(response.error, HasSubstr("not a number"));
}

}  // namespace
}  // namespace osler::test
