// Sharing images and answering together must not change what a model says.
#include <gguf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama-cpp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/llama/support.h"
#include "osler/engine/llama/log_capture.h"
#include "tiny_vlm/weights.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

using Pictures = std::vector<std::shared_ptr<const Image>>;

/// Questions in groups on one set of images each. Texts and limits differ, so that answers begin and end at different
/// steps; some items have two images, some share only the first of them, some have none.
std::vector<Request> grouped_requests(std::size_t group_size, std::size_t groups, std::uint64_t seed) {
  tiny_vlm::SplitMix64 random(seed);
  std::vector<Request> requests;
  const auto first = picture(84, 56, seed);
  for (std::size_t g = 0; g < groups; ++g) {
    Pictures images;
    if (g % 4 == 1) images.push_back(first);
    if (g % 4 != 3) images.push_back(picture(56 + 28 * static_cast<std::uint32_t>(g % 3), 84, seed + 1 + g));
    for (std::size_t i = 0; i < group_size; ++i) {
      const std::string text =
          "Q" + std::to_string(i) + std::string(random.next() % 90, 'a' + static_cast<char>(i % 26));
      const auto id = std::to_string(g) + "/" + std::to_string(i);
      requests.push_back(ask(id, text, images, 1 + static_cast<std::int32_t>(random.next() % 24)));
    }
  }
  return requests;
}

/// Responses by their item: batches answer in another order.
std::map<std::string, Response> by_item(std::vector<Response> responses) {
  std::map<std::string, Response> found;
  for (auto& response : responses) {
    const std::string id = response.item_id;
    EXPECT_TRUE(found.emplace(id, std::move(response)).second) << "answered twice: " << id;
  }
  return found;
}

/// Settings under which the shape of a batch changes a number by rounding only.
LlamaOptions calm_options(const tiny_vlm::TinyVlmFiles& files) {
  auto options = options_for(files);
  options.flash_attention = false;
  options.kv_type = "f32";
  return options;
}

void expect_same(const std::vector<Response>& found, const std::vector<Response>& expected) {
  const auto ours = by_item(found);
  ASSERT_EQ(ours.size(), expected.size());
  for (const auto& response : expected) {
    const auto& mine = ours.at(response.item_id);
    EXPECT_EQ(mine.text, response.text) << response.item_id;
    EXPECT_EQ(mine.finish, response.finish) << response.item_id << ": " << mine.error;
    EXPECT_EQ(mine.completion_tokens, response.completion_tokens) << response.item_id;
    EXPECT_EQ(mine.prompt_tokens, response.prompt_tokens) << response.item_id;
    EXPECT_EQ(mine.image_tokens, response.image_tokens) << response.item_id;
    EXPECT_EQ(mine.prompt_hash, response.prompt_hash) << response.item_id;
    ASSERT_EQ(mine.letter_marks.size(), response.letter_marks.size()) << response.item_id;
  }
}

class Sharing : public testing::TestWithParam<Architecture> {
 protected:
  static bool shares() { return GetParam() != Architecture::lfm2vl; }
  tiny_vlm::TinyVlmFiles files_ = tiny_model(GetParam(), Voice::random);
};

INSTANTIATE_TEST_SUITE_P(All, Sharing, testing::ValuesIn(tiny_vlm::kArchitectures),
                         [](const auto& tested) { return test_name(tested.param); });

TEST_P(Sharing, GivesTheAnswersOfEmptyContextsForGroupsOfEverySize) {
  auto alone = options_for(files_);
  alone.sharing = osler::Sharing::none;
  const auto one = open_engine(alone);
  const auto shared = open_engine(options_for(files_));
  for (std::size_t size = 1; size <= 32; ++size) {
    const auto requests = grouped_requests(size, size < 8 ? 4 : 2, size);
    expect_same(answers(*shared, requests), answers(*one, requests));
  }
}

TEST_P(Sharing, LogProbabilitiesAreTheSameToTheLastBit) {
  auto alone = options_for(files_);
  alone.sharing = osler::Sharing::none;
  auto requests = grouped_requests(9, 3, 5);
  for (auto& request : requests) {
    request.scoring.emplace();
    request.scoring->options = {{"A", "the left lung"}, {"B", "no"}, {"C", "hilar lymph nodes, both sides"}};
    request.scoring->unconditional.messages.push_back({"user", {{std::nullopt, "Answer:"}}});
  }
  const auto expected = answers(*open_engine(alone), requests);
  std::reverse(requests.begin(), requests.end());
  auto found = answers(*open_engine(options_for(files_)), requests);
  std::reverse(found.begin(), found.end());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(found[i].option_scores.size(), 3U) << found[i].error;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto& ours = found[i].option_scores[k];
      const auto& theirs = expected[i].option_scores[k];
      EXPECT_EQ(ours.letter_logprob, theirs.letter_logprob) << expected[i].item_id;
      EXPECT_EQ(ours.text_logprob, theirs.text_logprob) << expected[i].item_id;
      EXPECT_EQ(ours.unconditional_logprob, theirs.unconditional_logprob) << expected[i].item_id;
    }
  }
}

TEST_P(Sharing, BatchesGiveTheSameAnswersForGroupsOfEverySize) {
  const auto one = open_engine(calm_options(files_));
  auto options = calm_options(files_);
  options.sharing = osler::Sharing::batched;
  for (const std::int32_t parallel : {1, 3, 16}) {
    options.parallel = parallel;
    const auto batched = open_engine(options);
    for (const std::size_t size : {1U, 2U, 3U, 5U, 8U, 11U, 16U, 17U, 32U}) {
      const auto requests = grouped_requests(size, size < 8 ? 5 : 3, size);
      expect_same(answers(*batched, requests), answers(*one, requests));
    }
  }
}

TEST_P(Sharing, BatchesThatRunOutOfContextLoseNothing) {
  const auto requests = grouped_requests(16, 3, 3);
  const auto expected = answers(*open_engine(calm_options(files_)), requests);
  auto options = calm_options(files_);
  options.sharing = osler::Sharing::batched;
  const auto bytes = std::stoull(open_engine(options)->facts().details.at("kv_bytes_per_token"));
  for (const std::uint64_t cells : {512U, 768U, 1024U}) {
    options.kv_budget = cells * bytes;
    expect_same(answers(*open_engine(options), requests), expected);
  }
}

TEST_P(Sharing, BatchesTakePromptsThatAreLongerThanABatch) {
  std::vector<Request> requests = grouped_requests(6, 2, 8);
  requests.insert(requests.begin() + 2, ask("long", std::string(3000, '7'), {picture(84, 84, 1)}, 12));
  requests.insert(requests.begin() + 5, ask("long too", std::string(2600, '8'), {picture(84, 84, 1)}, 12));
  const auto expected = answers(*open_engine(calm_options(files_)), requests);
  auto options = calm_options(files_);
  options.sharing = osler::Sharing::batched;
  expect_same(answers(*open_engine(options), requests), expected);
}

TEST_P(Sharing, BatchesKeepTurnsSeedsAndErrorsApart) {
  auto requests = grouped_requests(6, 2, 4);
  requests[1].follow_up = "So the answer is";
  requests[7].follow_up = "Therefore";
  requests[3].decoding.temperature = 1.0;
  requests[3].decoding.seed = 7;
  requests[5].prompt.messages.front().parts.push_back({std::nullopt, std::string(5000, '7')});
  requests[8].exact = true;
  const auto expected = answers(*open_engine(calm_options(files_)), requests);
  auto options = calm_options(files_);
  options.sharing = osler::Sharing::batched;
  const auto found = answers(*open_engine(options), requests);
  expect_same(found, expected);
  const auto ours = by_item(found);
  EXPECT_EQ(ours.at(requests[1].item_id).first_reply, expected[1].first_reply);
  EXPECT_THAT(ours.at(requests[5].item_id).error, HasSubstr("5"));
}

/// A copy of a model in which one token's embedding is not a number: a text that holds it has no answer.
tiny_vlm::TinyVlmFiles poisoned(const tiny_vlm::TinyVlmFiles& files, char poison, const TestFolder& folder) {
  const auto copy = folder.path() / "poisoned.gguf";
  std::filesystem::copy_file(files.model, copy);
  set_library_logging(false);
  auto params = llama_model_default_params();
  params.vocab_only = true;
  const llama_model_ptr model(llama_model_load_from_file(copy.c_str(), params));
  const auto* vocab = llama_model_get_vocab(model.get());
  llama_token token = 0;
  EXPECT_EQ(llama_tokenize(vocab, &poison, 1, &token, 1, false, false), 1);
  auto* head = gguf_init_from_file(copy.c_str(), {true, nullptr});
  const auto tensor = gguf_find_tensor(head, "token_embd.weight");
  const auto row = gguf_get_tensor_size(head, tensor) / static_cast<std::size_t>(llama_vocab_n_tokens(vocab));
  const auto at =
      gguf_get_data_offset(head) + gguf_get_tensor_offset(head, tensor) + static_cast<std::size_t>(token) * row;
  gguf_free(head);
  std::fstream file(copy, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  for (std::size_t i = 0; i < row / sizeof(float); ++i) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    file.write(reinterpret_cast<const char*>(&nan), sizeof(nan));
  }
  return {copy, files.mmproj};
}

/// A character that is in none of the texts.
char never_written(const std::vector<Response>& responses) {
  const std::string marks = "~^|@%#&*+=_";
  for (const char mark : marks) {
    const auto writes = [mark](const Response& one) { return one.text.find(mark) != std::string::npos; };
    if (std::none_of(responses.begin(), responses.end(), writes)) return mark;
  }
  throw std::runtime_error("the model writes everything");
}

TEST_P(Sharing, AnItemThatIsNotANumberSpoilsNoOther) {
  const TestFolder folder;
  auto requests = grouped_requests(12, 3, 2);
  const char poison = never_written(answers(*open_engine(calm_options(files_)), requests));
  const auto files = poisoned(files_, poison, folder);
  std::size_t bad = 0;
  for (std::size_t i = 1; i < requests.size(); i += 5) {
    requests[i].prompt.messages[0].parts.back().text += std::string(60, poison);
    ++bad;
  }
  auto options = calm_options(files);
  options.sharing = osler::Sharing::none;
  const auto expected = answers(*open_engine(options), requests);
  EXPECT_EQ(std::count_if(expected.begin(), expected.end(),
                          [](const Response& one) { return one.finish == FinishReason::error; }),
            static_cast<std::ptrdiff_t>(bad));
  options.sharing = osler::Sharing::exact;
  expect_same(answers(*open_engine(options), requests), expected);
  options.sharing = osler::Sharing::batched;
  expect_same(answers(*open_engine(options), requests), expected);
  // With little room, some wait when a batch fails.
  options.kv_budget = 640 * std::stoull(open_engine(options)->facts().details.at("kv_bytes_per_token"));
  expect_same(answers(*open_engine(options), requests), expected);
}

TEST_P(Sharing, AContextTypeThatTheModelCannotHaveIsRefusedAtOnce) {
  auto options = options_for(files_);
  options.flash_attention = true;
  options.kv_type = "q8_0";
  // The tiny models' heads are shorter than a block of such numbers.
  const auto refused = open_llama_engine(options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("--kv-type"));
}

TEST_P(Sharing, TheModeIsPartOfARunsIdentityAndSharingIsNot) {
  auto options = options_for(files_);
  const auto exact = open_engine(options)->facts();
  options.sharing = osler::Sharing::none;
  const auto alone = open_engine(options)->facts();
  options.sharing = osler::Sharing::batched;
  const auto batched = open_engine(options)->facts();
  EXPECT_EQ(exact.identity, alone.identity);
  EXPECT_EQ(alone.details.at("images_shared"), "off");
  if (!shares()) {
    // What it has read cannot be cut back, so it answers one by one, asked as it may be, and says so.
    EXPECT_EQ(exact.details.at("images_shared"), "off");
    EXPECT_EQ(exact.identity.at("batching"), "one by one");
    EXPECT_EQ(exact.identity, batched.identity);
    return;
  }
  EXPECT_EQ(exact.details.at("images_shared"), "on");
  EXPECT_NE(exact.identity, batched.identity);
  EXPECT_THAT(batched.identity.at("batching"), HasSubstr(std::to_string(options.parallel)));
}

TEST_P(Sharing, DeterministicAnswersAreTheSameOnAnyNumberOfThreads) {
  auto options = options_for(files_);
  options.deterministic = true;
  const auto requests = grouped_requests(3, 2, 6);
  const auto one = answers(*open_engine(options), requests);
  options.threads = 2;
  expect_same(answers(*open_engine(options), requests), one);
  options.sharing = osler::Sharing::batched;
  const auto refused = open_llama_engine(options);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace osler::test
