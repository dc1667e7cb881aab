#include "osler/engine/llama/plan.h"

#include <algorithm>

namespace osler {
namespace {

double ratio(double milliseconds, std::uint64_t tokens) {
  return tokens == 0 ? 0.0 : milliseconds / static_cast<double>(tokens);
}

/// Milliseconds per token.
struct Rates {
  double encode = 0.0;
  double prefix = 0.0;
  double question = 0.0;
  double answer = 0.0;
};

Rates rates_of(const PlanSample& sample) {
  Rates rates{ratio(sample.encode_ms, sample.image_tokens), ratio(sample.prefix_ms, sample.prefix_tokens),
              ratio(sample.question_ms, sample.question_tokens), ratio(sample.decode_ms, sample.decoded_tokens)};
  if (sample.prefix_tokens == 0) rates.prefix = rates.question;
  if (sample.question_tokens == 0) rates.question = rates.prefix;
  return rates;
}

PlanTime time_of(const PlanCounts& counts, const Rates& rates, double answer_tokens, std::uint64_t encoded,
                 std::uint64_t prefix) {
  constexpr double kSecond = 1e-3;
  const double replies = answer_tokens * static_cast<double>(counts.read_replies);
  PlanTime time;
  time.encoding = kSecond * rates.encode * static_cast<double>(encoded);
  time.prefixes = kSecond * rates.prefix * static_cast<double>(prefix);
  time.questions =
      kSecond * rates.question * (static_cast<double>(counts.question_tokens + counts.option_tokens) + replies);
  time.answers = kSecond * rates.answer * answer_tokens * static_cast<double>(counts.answers);
  return time;
}

}  // namespace

PlanCounts& PlanCounts::operator+=(const PlanCounts& other) {
  items += other.items;
  images += other.images;
  pictures += other.new_pictures;
  new_pictures += other.new_pictures;
  prompts += other.prompts;
  prompt_tokens += other.prompt_tokens;
  image_tokens += other.image_tokens;
  prefix_tokens += other.prefix_tokens;
  question_tokens += other.question_tokens;
  option_tokens += other.option_tokens;
  longest_prompt = std::max(longest_prompt, other.longest_prompt);
  prefixes += other.prefixes;
  evaluated_prefix_tokens += other.evaluated_prefix_tokens;
  encoded_image_tokens += other.encoded_image_tokens;
  answers += other.answers;
  read_replies += other.read_replies;
  longest_answer = std::max(longest_answer, other.longest_answer);
  context_cells = std::max(context_cells, other.context_cells);
  return *this;
}

void Refused::add(const std::string& id, const std::string& reason) {
  constexpr std::size_t kFew = 5;
  if (items++ == 0) first_reason = reason;
  if (first_ids.size() < kFew) first_ids.push_back(id);
}

PlanSample& PlanSample::operator+=(const PlanSample& other) {
  items += other.items;
  encode_ms += other.encode_ms;
  image_tokens += other.image_tokens;
  prefix_ms += other.prefix_ms;
  prefix_tokens += other.prefix_tokens;
  question_ms += other.question_ms;
  question_tokens += other.question_tokens;
  question_batches += other.question_batches;
  decode_ms += other.decode_ms;
  decoded_tokens += other.decoded_tokens;
  decode_steps += other.decode_steps;
  alone_ms += other.alone_ms;
  alone_tokens += other.alone_tokens;
  answers += other.answers;
  answer_tokens += other.answer_tokens;
  cut_answers += other.cut_answers;
  answer_lengths.insert(answer_lengths.end(), other.answer_lengths.begin(), other.answer_lengths.end());
  return *this;
}

double PlanSample::tokens_per_answer() const {
  return answers == 0 ? 0.0 : static_cast<double>(answer_tokens) / static_cast<double>(answers);
}

PlanTime& PlanTime::operator+=(const PlanTime& other) {
  encoding += other.encoding;
  prefixes += other.prefixes;
  questions += other.questions;
  answers += other.answers;
  return *this;
}

PlanTime expected_time(const PlanCounts& counts, const PlanSample& sample, double answer_tokens) {
  return time_of(counts, rates_of(sample), answer_tokens, counts.encoded_image_tokens, counts.evaluated_prefix_tokens);
}

PlanTime unshared_time(const PlanCounts& counts, const PlanSample& sample, double answer_tokens) {
  Rates rates = rates_of(sample);
  if (sample.alone_tokens > 0) rates.answer = ratio(sample.alone_ms, sample.alone_tokens);
  return time_of(counts, rates, answer_tokens, counts.image_tokens, counts.prefix_tokens);
}

}  // namespace osler
