#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama-cpp.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/llama/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

/// The same by llama.cpp's plainest means: the whole text in one sequence from an empty context, logits everywhere.
class PlainScores {
 public:
  explicit PlainScores(const tiny_vlm::TinyVlmFiles& files) {
    model_.reset(llama_model_load_from_file(files.model.c_str(), llama_model_default_params()));
    auto params = llama_context_default_params();
    params.n_ctx = 2048;
    params.n_threads = params.n_threads_batch = 1;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    context_.reset(llama_init_from_model(model_.get(), params));
  }

  [[nodiscard]] std::vector<llama_token> tokens(const std::string& text, bool special, bool start) const {
    std::vector<llama_token> out(text.size() + 8);
    const auto size = llama_tokenize(llama_model_get_vocab(model_.get()), text.data(), static_cast<int>(text.size()),
                                     out.data(), static_cast<int>(out.size()), start, special);
    out.resize(static_cast<std::size_t>(size));
    return out;
  }

  /// Of `continuation` behind a user's turn in ChatML.
  [[nodiscard]] double logprob(const std::string& question, const std::string& continuation) {
    const auto prompt =
        tokens("<|im_start|>user\n" + question + "<|im_end|>\n<|im_start|>assistant\n", true, /*start=*/true);
    const auto rest = tokens(continuation, false, /*start=*/false);
    auto all = prompt;
    all.insert(all.end(), rest.begin(), rest.end());
    llama_memory_clear(llama_get_memory(context_.get()), true);
    auto batch = llama_batch_init(static_cast<int>(all.size()), 0, 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      batch.token[i] = all[i];
      batch.pos[i] = static_cast<llama_pos>(i);
      batch.n_seq_id[i] = 1;
      batch.seq_id[i][0] = 0;
      batch.logits[i] = 1;
    }
    batch.n_tokens = static_cast<int>(all.size());
    EXPECT_EQ(llama_decode(context_.get(), batch), 0);
    double sum = 0.0;
    const auto vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model_.get()));
    for (std::size_t i = prompt.size(); i < all.size(); ++i) {
      const float* logits = llama_get_logits_ith(context_.get(), static_cast<int>(i) - 1);
      double total = 0.0;
      for (int t = 0; t < vocabulary; ++t) total += std::exp(static_cast<double>(logits[t]));
      sum += static_cast<double>(logits[all[i]]) - std::log(total);
    }
    llama_batch_free(batch);
    return sum;
  }

 private:
  llama_model_ptr model_;
  llama_context_ptr context_;
};

Request score(const std::string& id, const std::string& question, std::vector<OptionText> options) {
  Request request = ask(id, question);
  request.scoring.emplace();
  request.scoring->options = std::move(options);
  request.scoring->unconditional.messages.push_back({"user", {{std::nullopt, "Answer:"}}});
  return request;
}

class Likelihood : public testing::TestWithParam<Architecture> {
 protected:
  tiny_vlm::TinyVlmFiles files_ = tiny_model(GetParam(), Voice::random);
};

INSTANTIATE_TEST_SUITE_P(All, Likelihood, testing::ValuesIn(tiny_vlm::kArchitectures),
                         [](const auto& tested) { return test_name(tested.param); });

TEST_P(Likelihood, IsThatOfOnePlainSequence) {
  PlainScores plain(files_);
  const std::vector<OptionText> options = {
      {"A", "the left lung"}, {"B", "x"}, {"C", "hilar lymph nodes 37,5 \xC2\xB0"}, {"D", "<|im_end|> is text"}};
  const auto response = answers(*open_engine(options_for(files_)), {score("a", "Where is it?", options)})[0];
  ASSERT_EQ(response.option_scores.size(), options.size()) << response.error;
  EXPECT_EQ(response.finish, FinishReason::stop);
  EXPECT_EQ(response.text, "");
  EXPECT_EQ(response.completion_tokens, 0U);
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto& found = response.option_scores[i];
    // The context holds F16 numbers, and other shapes of a batch round otherwise.
    constexpr double kRounding = 0.05;
    EXPECT_NEAR(found.letter_logprob, plain.logprob("Where is it?", options[i].letter), kRounding);
    EXPECT_NEAR(found.text_logprob, plain.logprob("Where is it?", options[i].text), kRounding) << options[i].text;
    EXPECT_NEAR(found.unconditional_logprob, plain.logprob("Answer:", options[i].text), kRounding) << options[i].text;
    EXPECT_EQ(found.text_tokens, plain.tokens(options[i].text, false, false).size()) << options[i].text;
  }
}

TEST_P(Likelihood, ManyLongOptionsAreScoredAsFewShortOnes) {
  std::vector<OptionText> options;
  for (std::size_t i = 0; i < 26; ++i) {
    options.push_back({std::string(1, static_cast<char>('A' + i)), std::string(1 + 3 * i, 'z')});
  }
  const auto engine = open_engine(options_for(files_));
  const auto all = answers(*engine, {score("all", "Q", options)})[0];
  ASSERT_EQ(all.option_scores.size(), options.size()) << all.error;
  for (const std::size_t i : {0U, 7U, 25U}) {
    const auto one = answers(*engine, {score("one", "Q", {options[i]})})[0];
    EXPECT_NEAR(one.option_scores.front().text_logprob, all.option_scores[i].text_logprob, 0.1);
    EXPECT_NEAR(one.option_scores.front().letter_logprob, all.option_scores[i].letter_logprob, 1e-6);
  }
}

TEST_P(Likelihood, AnAnswerPrefixStandsBeforeTheOption) {
  PlainScores plain(files_);
  auto request = score("a", "Q", {{"A", "left"}, {"B", "right"}});
  request.scoring->answer_prefix = "Answer: ";
  const auto response = answers(*open_engine(options_for(files_)), {request})[0];
  ASSERT_EQ(response.option_scores.size(), 2U) << response.error;
  const double with = plain.logprob("Q", "Answer: left");
  const double before = plain.logprob("Q", "Answer:");
  EXPECT_NEAR(response.option_scores[0].text_logprob, with - before, 0.05);
}

TEST(LetterMarks, ALetterThatIsWrittenHasItsProbability) {
  // This voice says "\boxed{A}" in the end, sure of itself.
  const auto engine = open_engine(options_for(tiny_model(Architecture::qwen25vl, Voice::boxed)));
  auto request = ask("a", "Q", {picture(84, 84, 1)});
  request.letters = {"A", "B", "C", "D", "E"};
  const auto response = answers(*engine, {request})[0];
  ASSERT_EQ(response.finish, FinishReason::stop);
  const auto box = response.text.find("\\boxed{");
  ASSERT_NE(box, std::string::npos) << response.text;
  const auto mark = std::find_if(response.letter_marks.begin(), response.letter_marks.end(),
                                 [&](const LetterMark& one) { return one.at == box + 7; });
  ASSERT_NE(mark, response.letter_marks.end()) << response.text;
  EXPECT_LE(mark->logprob, 0.0);
  EXPECT_GT(mark->logprob, -5.0);
  for (const auto& one : response.letter_marks) {
    ASSERT_LT(one.at, response.text.size());
    EXPECT_THAT("ABCDE", HasSubstr(response.text.substr(one.at, 1)));
  }
  request.letters.clear();
  EXPECT_TRUE(answers(*engine, {request})[0].letter_marks.empty());
}

TEST_P(Likelihood, AnOptionWithoutATextHasALetterAndTheOthersHaveTheirNumbers) {
  const auto engine = open_engine(options_for(files_));
  for (const char* prefix : {"", "Answer: "}) {
    auto whole = score("whole", "Q", {{"A", "left"}, {"B", "right"}, {"C", "both sides"}});
    auto without = score("without", "Q", {{"A", "left"}, {"B", ""}, {"C", "both sides"}});
    whole.scoring->answer_prefix = without.scoring->answer_prefix = prefix;
    const auto responses = answers(*engine, {whole, without});
    ASSERT_EQ(responses[1].finish, FinishReason::stop) << responses[1].error;
    const auto& scores = responses[1].option_scores;
    ASSERT_EQ(scores.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_DOUBLE_EQ(scores[i].letter_logprob, responses[0].option_scores[i].letter_logprob);
      if (i == 1) continue;
      // Beside fewer texts it is rounded otherwise.
      EXPECT_NEAR(scores[i].text_logprob, responses[0].option_scores[i].text_logprob, 1e-3);
      EXPECT_DOUBLE_EQ(scores[i].unconditional_logprob, responses[0].option_scores[i].unconditional_logprob);
    }
    EXPECT_EQ(scores[1].text_tokens, 0U);
    EXPECT_TRUE(std::isnan(scores[1].text_logprob));
    EXPECT_TRUE(std::isnan(scores[1].unconditional_logprob));
  }
}

}  // namespace
}  // namespace osler::test
