#include "osler/engine/llama/option_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "osler/engine/llama/generation.h"

namespace osler {
namespace {

/// Texts that are evaluated side by side.
constexpr std::size_t kTextsAtOnce = 31;
/// Of these the logits are asked for in one batch: they are large.
constexpr std::size_t kOutputsAtOnce = 32;

/// A token of a text whose successor is to be looked up in its logits.
struct Step {
  std::size_t text = 0;
  BatchToken token;
  llama_token successor = 0;
};

Result<double> logprob_of(std::span<const float> logits, llama_token token) {
  if (auto best = greedy_token(logits); !best) return pass(best);
  return static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_sum_exp(logits);
}

/// The blanks at a text's end belong to what follows: a tokenizer joins them with the next word.
std::string blanks_at_end(const std::string& text) {
  const auto last = text.find_last_not_of(' ');
  return text.substr(last == std::string::npos ? 0 : last + 1);
}

/// Drops the branches 1 to `count`, whatever happens.
class BranchGuard {
 public:
  BranchGuard(Evaluator& evaluator, std::size_t count) : evaluator_(evaluator), count_(count) {}
  ~BranchGuard() {
    for (std::size_t i = 1; i <= count_; ++i) evaluator_.drop(static_cast<llama_seq_id>(i));
  }
  BranchGuard(const BranchGuard&) = delete;
  BranchGuard& operator=(const BranchGuard&) = delete;

 private:
  Evaluator& evaluator_;
  std::size_t count_;
};

}  // namespace

Result<std::size_t> evaluate_last_chunk(Evaluator& evaluator, const PreparedPrompt& prompt) {
  const auto& tokens = prompt.chunks.back()->tokens;
  std::vector<BatchToken> batch;
  std::size_t last = 0;
  llama_pos at = evaluator.position();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool is_last = i + 1 == tokens.size();
    batch.push_back({tokens[i], at++, 0, is_last});
    if (!is_last && batch.size() < evaluator.batch_limit()) continue;
    if (auto status = evaluator.decode(batch); !status) return pass(status);
    last = batch.size() - 1;
    batch.clear();
  }
  return last;
}

/// What follows the prompt, in tokens.
struct OptionScorer::Continuations {
  std::vector<Tokens> letters;
  std::vector<Tokens> texts;
};

/// The tokens that a text adds to the prompt: those of both together less those of the prompt alone, as
/// lm-evaluation-harness takes them.
OptionScorer::Tokens OptionScorer::continuation(const PreparedPrompt& prompt, const std::string& text) const {
  if (!prompt.tail_is_special || model_.holds_special_tokens(text)) return model_.tokens(text, false);
  const auto before = model_.tokens(prompt.tail, true);
  auto both = model_.tokens(prompt.tail + text, true);
  if (both.size() <= before.size()) return model_.tokens(text, false);
  both.erase(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(before.size()));
  return both;
}

OptionScorer::Continuations OptionScorer::continuations(const PreparedPrompt& prompt,
                                                        const OptionQuestion& question) const {
  const std::string blanks = blanks_at_end(question.answer_prefix);
  Continuations out;
  std::set<llama_token> first_tokens;
  for (const auto& option : question.options) {
    out.letters.push_back(continuation(prompt, blanks + option.letter));
    if (!out.letters.back().empty()) first_tokens.insert(out.letters.back().front());
    out.texts.push_back(option.text.empty() ? Tokens{} : continuation(prompt, blanks + option.text));
  }
  // The first token says it all, unless it is the same for every letter, as a blank of its own would be.
  if (first_tokens.size() == question.options.size()) {
    for (auto& letter : out.letters) letter.resize(1);
  }
  return out;
}

Result<std::vector<double>> OptionScorer::logprobs(Evaluator& evaluator, const PreparedPrompt& prompt,
                                                   const std::vector<Tokens>& texts, bool share) {
  if (auto status = evaluator.begin(prompt, share); !status) return pass(status);
  const auto last = evaluate_last_chunk(evaluator, prompt);
  if (!last) return pass(last);
  const llama_pos after = evaluator.position() + static_cast<llama_pos>(prompt.chunks.back()->tokens.size());
  std::vector<double> sums;
  {
    const auto logits = evaluator.logits(*last);
    for (const auto& text : texts) {
      const auto first = logprob_of(logits, text.front());
      if (!first) return pass(first);
      sums.push_back(*first);
    }
  }
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsAtOnce) {
    const std::size_t end = std::min(texts.size(), begin + kTextsAtOnce);
    const BranchGuard guard(evaluator, end - begin);
    std::vector<Step> steps;
    for (std::size_t i = begin; i < end; ++i) {
      const auto sequence = static_cast<llama_seq_id>(i - begin + 1);
      if (texts[i].size() > 1) evaluator.branch(sequence);
      for (std::size_t j = 0; j + 1 < texts[i].size(); ++j) {
        steps.push_back({i, {texts[i][j], after + static_cast<llama_pos>(j), sequence, true}, texts[i][j + 1]});
      }
    }
    for (std::size_t at = 0; at < steps.size(); at += kOutputsAtOnce) {
      const std::size_t stop = std::min(steps.size(), at + kOutputsAtOnce);
      std::vector<BatchToken> batch;
      for (std::size_t i = at; i < stop; ++i) batch.push_back(steps[i].token);
      if (auto status = evaluator.decode(batch); !status) return pass(status);
      for (std::size_t i = at; i < stop; ++i) {
        const auto next = logprob_of(evaluator.logits(i - at), steps[i].successor);
        if (!next) return pass(next);
        sums[steps[i].text] += *next;
      }
    }
  }
  return sums;
}

Result<double> OptionScorer::logprob_alone(const Prompt& prompt, const std::string& answer_prefix, const Tokens& text) {
  const auto prepared = preparer_.prepare(prompt, {}, answer_prefix);
  if (!prepared) return pass(prepared);
  const std::string key = fmt::format("{} {}", prepared->hash, fmt::join(text, " "));
  if (const auto known = known_alone_.find(key); known != known_alone_.end()) return known->second;
  if (auto status = alone_.reserve(prepared->cells + text.size(), kTextsAtOnce + 1); !status) return pass(status);
  const auto sum = logprobs(alone_, *prepared, {text}, /*share=*/true);
  if (!sum) return pass(sum);
  // Yes, no, normal: a few texts are most of them.
  constexpr std::size_t kMostKnown = 4096;
  if (known_alone_.size() >= kMostKnown) known_alone_.clear();
  known_alone_.emplace(key, sum->front());
  return sum->front();
}

Result<std::vector<OptionScore>> OptionScorer::score(Evaluator& evaluator, const PreparedPrompt& prompt,
                                                     const OptionQuestion& question, bool share) {
  const auto parts = continuations(prompt, question);
  // An option that is a picture, or that a benchmark left empty, has a letter and no text.
  std::vector<Tokens> all = parts.letters;
  if (std::ranges::any_of(all, &Tokens::empty)) {
    return fail(ErrorCode::unsupported, "the model has no token for the letter of an option");
  }
  std::ranges::copy_if(parts.texts, std::back_inserter(all), [](const Tokens& text) { return !text.empty(); });
  std::size_t tokens = 0;
  for (const auto& one : all) tokens += one.size();
  if (auto status = evaluator.reserve(prompt.cells + tokens, kTextsAtOnce + 1); !status) return pass(status);
  const auto sums = logprobs(evaluator, prompt, all, share);
  if (!sums) return pass(sums);
  std::vector<OptionScore> scores(question.options.size());
  std::size_t next_text = scores.size();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    scores[i].letter_logprob = (*sums)[i];
    scores[i].text_tokens = parts.texts[i].size();
    if (parts.texts[i].empty()) {
      scores[i].text_logprob = scores[i].unconditional_logprob = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    scores[i].text_logprob = (*sums)[next_text++];
    if (question.unconditional.messages.empty()) continue;
    const auto alone = logprob_alone(question.unconditional, question.answer_prefix, parts.texts[i]);
    if (!alone) return pass(alone);
    scores[i].unconditional_logprob = *alone;
  }
  return scores;
}

}  // namespace osler
