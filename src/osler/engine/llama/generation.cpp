#include "osler/engine/llama/generation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "osler/engine/letter_piece.h"

namespace osler {
namespace {

/// llama.cpp's seeds are half as wide, and one of them stands for "a different one every time".
std::uint32_t seed_for_llama(std::uint64_t seed) {
  const auto folded = static_cast<std::uint32_t>(seed ^ (seed >> 32U));
  return folded == LLAMA_DEFAULT_SEED ? 0x5EED5EEDU : folded;
}

llama_sampler_ptr make_sampler(const Decoding& decoding) {
  if (decoding.temperature <= 0.0) return nullptr;
  llama_sampler_ptr chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(decoding.temperature)));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(seed_for_llama(decoding.seed)));
  return chain;
}

struct Extremes {
  float most = 0.0F;
  float least = 0.0F;
  bool has_nan = false;
};

/// Vocabularies have 150,000 tokens, and this is done for every one that is written: lanes that do not wait for each
/// other let the compiler use vectors. NaN compares false with everything, so it is looked for by itself.
Extremes extremes_of(std::span<const float> values) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> most{};
  std::array<float, kLanes> least{};
  std::array<unsigned, kLanes> nan{};
  most.fill(values.front());
  least.fill(values.front());
  const std::size_t whole = values.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = values[i + lane];
      most[lane] = value > most[lane] ? value : most[lane];
      least[lane] = value < least[lane] ? value : least[lane];
      nan[lane] |= value != value ? 1U : 0U;
    }
  }
  Extremes found{*std::max_element(most.begin(), most.end()), *std::min_element(least.begin(), least.end()), false};
  for (const float value : values.subspan(whole)) {
    found.most = std::max(found.most, value);
    found.least = std::min(found.least, value);
    found.has_nan = found.has_nan || std::isnan(value);
  }
  found.has_nan = found.has_nan || std::isnan(values.front()) || std::count(nan.begin(), nan.end(), 0U) != kLanes;
  return found;
}

/// Answers end with their letter; a long text in which "A" stands again and again keeps the last ones.
constexpr std::size_t kMostMarks = 64;

}  // namespace

double log_sum_exp(std::span<const float> logits) {
  const double most = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  return most + std::log(sum);
}

Result<llama_token> greedy_token(std::span<const float> logits) {
  if (logits.empty()) return fail(ErrorCode::engine, "the model gave no output");
  const Extremes found = extremes_of(logits);
  if (found.has_nan || !std::isfinite(found.most)) {
    return fail(ErrorCode::engine, "the model's output is not a number", {}, "its weights may be damaged");
  }
  // What is not a number inside of the model comes out of some quantized products as zero.
  if (logits.size() > 1 && found.most == found.least) {
    return fail(ErrorCode::engine, "the model finds every token equally probable", {}, "its weights may be damaged");
  }
  return static_cast<llama_token>(std::find(logits.begin(), logits.end(), found.most) - logits.begin());
}

Generation::Generation(const VisionModel& model, const Decoding& decoding, const std::vector<std::string>& letters)
    : model_(model),
      limit_(static_cast<std::uint64_t>(std::max(0, decoding.max_new_tokens))),
      sampler_(make_sampler(decoding)),
      letters_(single_letters(letters)) {}

Result<llama_token> Generation::choose(std::span<const float> logits) {
  auto best = greedy_token(logits);
  if (!best || sampler_ == nullptr) return best;
  candidates_.resize(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    candidates_[i] = {static_cast<llama_token>(i), logits[i], 0.0F};
  }
  llama_token_data_array array{candidates_.data(), candidates_.size(), -1, false};
  llama_sampler_apply(sampler_.get(), &array);
  const llama_token token = array.data[array.selected].id;
  llama_sampler_accept(sampler_.get(), token);
  return token;
}

Result<std::optional<llama_token>> Generation::next(std::span<const float> logits, bool has_room) {
  if (tokens_ == limit_) return std::optional<llama_token>();
  const auto token = choose(logits);
  if (!token) return pass(token);
  if (model_.ends_turn(*token)) {
    finish_ = FinishReason::stop;
    return std::optional<llama_token>();
  }
  const std::string piece = model_.piece(*token);
  mark_letter(piece, *token, logits);
  text_ += piece;
  ++tokens_;
  if (tokens_ == limit_ || !has_room) return std::optional<llama_token>();
  return std::optional(*token);
}

void Generation::mark_letter(const std::string& piece, llama_token token, std::span<const float> logits) {
  const auto letter = lone_letter(piece, letters_);
  if (!letter) return;
  if (marks_.size() == kMostMarks) marks_.erase(marks_.begin());
  marks_.push_back(
      {text_.size() + *letter, static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_sum_exp(logits)});
}

void Generation::finish_into(Response& response) && {
  response.text = std::move(text_);
  response.finish = finish_;
  response.completion_tokens = tokens_;
  response.letter_marks = std::move(marks_);
}

}  // namespace osler
