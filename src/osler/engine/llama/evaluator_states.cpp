// The last states of a prompt's tokens, for who makes vectors of them.
#include <algorithm>
#include <functional>

#include "osler/engine/llama/evaluator.h"

namespace osler {
namespace {

/// Lets the library put states out, for as long as this lives.
class WithStates {
 public:
  explicit WithStates(llama_context* context) : context_(context) { llama_set_embeddings(context_, true); }
  ~WithStates() { llama_set_embeddings(context_, false); }
  WithStates(const WithStates&) = delete;
  WithStates& operator=(const WithStates&) = delete;

 private:
  llama_context* context_;
};

std::vector<BatchToken> tokens_at(const PromptChunk& chunk, llama_pos at) {
  std::vector<BatchToken> tokens;
  tokens.reserve(chunk.tokens.size());
  for (const auto token : chunk.tokens) tokens.push_back({token, at++, 0, true});
  return tokens;
}

}  // namespace

bool Evaluator::add_states(std::size_t tokens) {
  if (settings_.states != StatesRead::all_tokens) return true;
  const std::size_t width = model_.state_width();
  chunk_states_.resize(width, 0.0);
  for (std::size_t i = 0; i < tokens; ++i) {
    const float* state = llama_get_embeddings_ith(context_.get(), static_cast<std::int32_t>(i));
    if (state == nullptr) return false;
    for (std::size_t k = 0; k < width; ++k) chunk_states_[k] += static_cast<double>(state[k]);
  }
  return true;
}

Result<std::vector<float>> Evaluator::last_state(const PreparedPrompt& prompt) {
  auto tokens = tokens_at(*prompt.chunks.back(), position_);
  // All batches but the last are only read.
  const std::size_t last = (tokens.size() - 1) / batch_limit() * batch_limit();
  for (std::size_t i = 0; i < last; ++i) tokens[i].wants_logits = false;
  const std::span<const BatchToken> all(tokens);
  for (std::size_t i = 0; i < last; i += batch_limit()) {
    if (auto status = decode(all.subspan(i, batch_limit())); !status) return pass(status);
  }
  const WithStates states(context_.get());
  if (auto status = decode(all.subspan(last)); !status) return pass(status);
  const auto index = static_cast<std::int32_t>(tokens.size() - last - 1);
  const float* state = llama_get_embeddings_ith(context_.get(), index);
  if (state == nullptr) return fail(ErrorCode::engine, "the model gives no states");
  return std::vector<float>(state, state + model_.state_width());
}

Result<std::vector<double>> Evaluator::sum_of_states(const PreparedPrompt& prompt) {
  chunk_states_.clear();
  const auto tokens = tokens_at(*prompt.chunks.back(), position_);
  const std::span<const BatchToken> all(tokens);
  for (std::size_t i = 0; i < all.size(); i += batch_limit()) {
    if (auto status = decode(all.subspan(i, std::min(batch_limit(), all.size() - i))); !status) return pass(status);
  }
  std::vector<double> sum(model_.state_width(), 0.0);
  const auto add = [&sum](const std::vector<double>& states) {
    std::transform(sum.begin(), sum.end(), states.begin(), sum.begin(), std::plus<>());
  };
  for (const auto& held : held_) add(held.states);
  add(chunk_states_);
  return sum;
}

}  // namespace osler
