#include "osler/engine/llama/evaluator.h"

#include <fmt/format.h>
#include <mtmd-helper.h>

#include <algorithm>
#include <utility>

#include "osler/engine/llama/log_capture.h"

namespace osler {
namespace {

constexpr std::uint32_t kBatch = 2048;
/// Contexts grow in steps of so many cells, so that a little longer prompt does not make a new one.
constexpr std::size_t kStep = 1024;

std::size_t rounded_up(std::size_t cells) { return (cells + kStep - 1) / kStep * kStep; }

/// A batch of the library's, filled with tokens.
class Batch {
 public:
  explicit Batch(std::span<const BatchToken> tokens)
      : batch_(llama_batch_init(static_cast<std::int32_t>(tokens.size()), 0, 1)) {
    batch_.n_tokens = static_cast<std::int32_t>(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      batch_.token[i] = tokens[i].token;
      batch_.pos[i] = tokens[i].position;
      batch_.n_seq_id[i] = 1;
      batch_.seq_id[i][0] = tokens[i].sequence;
      batch_.logits[i] = tokens[i].wants_logits ? 1 : 0;
    }
  }
  ~Batch() { llama_batch_free(batch_); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  [[nodiscard]] const llama_batch& get() const { return batch_; }

 private:
  llama_batch batch_;
};

}  // namespace

std::size_t Evaluator::most_cells() const {
  if (settings_.fixed_cells > 0) return settings_.fixed_cells;
  return settings_.most_cells;
}

Result<std::size_t> Evaluator::room_for(std::size_t cells) const {
  // What a fixed size says is what it gets; the library itself rounds up to 256.
  if (settings_.fixed_cells > 0) return settings_.fixed_cells;
  if (cells > settings_.most_cells) {
    return fail(ErrorCode::limit,
                fmt::format("needs a context of {} tokens, and memory has room for {}", cells, settings_.most_cells),
                {}, "raise --kv-budget, or allow shorter answers");
  }
  return std::min(rounded_up(cells), settings_.most_cells);
}

Status Evaluator::reserve(std::size_t cells, std::size_t sequences) {
  const auto room = room_for(cells);
  if (!room) return pass(room);
  if (context_ != nullptr && wanted_cells(cells) <= cells_ && sequences <= sequences_) return {};
  return open(std::max(*room, cells_), std::max(sequences, sequences_));
}

Status Evaluator::open(std::size_t cells, std::size_t sequences) {
  forget_all();
  // Two contexts at once would need twice the memory.
  context_.reset();
  cells_ = 0;
  sequences_ = sequences;
  const LogCapture log;
  auto params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(cells);
  params.n_batch = std::max(kBatch, settings_.micro_batch);
  params.n_ubatch = settings_.micro_batch;
  params.n_seq_max = static_cast<std::uint32_t>(sequences);
  // With states the library puts every token of a batch out.
  const bool with_states = settings_.states != StatesRead::none;
  params.n_outputs_max = with_states ? settings_.micro_batch : static_cast<std::uint32_t>(output_limit());
  params.embeddings = settings_.states == StatesRead::all_tokens;
  // The library's own pooling sees the last batch only, and a prompt with images is several.
  if (with_states) params.pooling_type = LLAMA_POOLING_TYPE_NONE;
  params.kv_unified = true;
  params.swa_full = true;
  params.n_threads = model_.threads();
  params.n_threads_batch = model_.threads();
  params.type_k = settings_.kv_type;
  params.type_v = settings_.kv_type;
  params.flash_attn_type = settings_.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.abort_callback = [](void* user_data) { return static_cast<const std::atomic<bool>*>(user_data)->load(); };
  // The library's interface is C: it hands the pointer back unchanged.
  params.abort_callback_data = const_cast<std::atomic<bool>*>(&abort_);
  context_.reset(llama_init_from_model(model_.weights(), params));
  if (context_ == nullptr) {
    return fail(ErrorCode::engine, fmt::format("llama.cpp cannot make a context of {} tokens{}", cells, log.reason()),
                {model_.files().model.string()}, "memory may be short: try a smaller --context or --kv-budget");
  }
  if (llama_get_memory(context_.get()) == nullptr) {
    context_.reset();
    return fail(ErrorCode::unsupported, "is an encoder, which keeps no memory of its text",
                {model_.files().model.string()}, "serve it (llama-server --embedding) and name it as openai:NAME");
  }
  cells_ = llama_n_ctx(context_.get());
  return {};
}

void Evaluator::forget(bool wipe) {
  held_.clear();
  branches_.clear();
  written_ = 0;
  used_ = 0;
  position_ = 0;
  if (context_ != nullptr) llama_memory_clear(memory(), wipe);
}

void Evaluator::close() {
  forget_all();
  context_.reset();
  cells_ = 0;
  sequences_ = 0;
}

void Evaluator::release_unused_prefix() {
  std::size_t used = held_.size();
  while (used > 0 && held_[used - 1].block.use_count() == 1) --used;
  if (used < held_.size()) static_cast<void>(keep(used));
}

/// Layers that see a window only let the library write over what lies before the window of the sequence's last token.
/// When the sequence is cut back, the window of its new last token may be there no more, and nothing would say so.
bool Evaluator::has_window_before(llama_pos end) const {
  const llama_pos window = llama_model_n_swa(model_.weights());
  if (window == 0) return true;
  return llama_memory_seq_pos_min(memory(), 0) <= std::max(0, end - window);
}

bool Evaluator::keep(std::size_t chunks) {
  if (branches_.empty() && (chunks == 0 || !model_.can_share())) {
    forget_all();
    return chunks == 0;
  }
  const llama_pos end = chunks == 0 ? 0 : held_[chunks - 1].end;
  if (chunks > 0 && !has_window_before(end)) {
    // Answers that branched off keep what they see.
    static_cast<void>(keep(0));
    return false;
  }
  if (!llama_memory_seq_rm(memory(), 0, end, -1)) {
    forget_all();
    return false;
  }
  used_ -= std::exchange(written_, 0);
  held_.resize(chunks);
  position_ = end;
  return true;
}

Status Evaluator::check(const PreparedPrompt& prompt) const {
  if (prompt.chunks.empty() || prompt.chunks.back()->is_image()) {
    return fail(ErrorCode::engine, "the prompt ends in an image: the chat template gives the answer no beginning");
  }
  for (const auto& chunk : prompt.chunks) {
    if (!chunk->is_image() || chunk->cells <= settings_.micro_batch) continue;
    if (!mtmd_decode_use_non_causal(model_.projector(), chunk->layout.get())) continue;
    return fail(ErrorCode::limit,
                fmt::format("the image has {} tokens, which this model takes all at once, and the micro-batch {}",
                            chunk->cells, settings_.micro_batch),
                {}, "raise --ubatch-size, or lower --image-max-tokens");
  }
  return {};
}

Status Evaluator::begin(const PreparedPrompt& prompt, bool share) {
  if (auto status = check(prompt); !status) return status;
  const std::size_t wanted = prompt.chunks.size() - 1;
  std::size_t same = share ? chunks_in_common(prompt, held_, &Held::chunk) : 0;
  if (!keep(same)) same = 0;
  shared_chunks_ += same;
  for (std::size_t i = same; i < wanted; ++i) {
    const auto& chunk = prompt.chunks[i];
    chunk_states_.clear();
    if (auto status = evaluate(*chunk, position_); !status) {
      static_cast<void>(keep(0));
      return status;
    }
    position_ += chunk->positions;
    held_.push_back(
        {chunk, position_, std::make_shared<const CellBlock>(used_, chunk->cells), std::exchange(chunk_states_, {})});
    ++evaluated_chunks_;
  }
  return {};
}

std::size_t Evaluator::shared_cells(const PreparedPrompt& prompt) const {
  std::size_t cells = 0;
  const std::size_t same = chunks_in_common(prompt, held_, &Held::chunk);
  if (same > 0 && !has_window_before(held_[same - 1].end)) return 0;
  for (std::size_t i = 0; i < same; ++i) cells += prompt.chunks[i]->cells;
  return cells;
}

Status Evaluator::evaluate(const PromptChunk& chunk, llama_pos at) {
  return chunk.is_image() ? evaluate_image(chunk, at) : evaluate_text(chunk, at);
}

Status Evaluator::evaluate_text(const PromptChunk& chunk, llama_pos at) {
  std::vector<BatchToken> tokens;
  tokens.reserve(chunk.tokens.size());
  const bool wants_all = settings_.states == StatesRead::all_tokens;
  for (const auto token : chunk.tokens) tokens.push_back({token, at++, 0, wants_all});
  const std::span<const BatchToken> all(tokens);
  for (std::size_t i = 0; i < all.size(); i += batch_limit()) {
    if (auto status = decode(all.subspan(i, std::min(batch_limit(), all.size() - i))); !status) return status;
  }
  used_ -= std::exchange(written_, 0);  // They are counted with the chunk.
  return {};
}

Status Evaluator::evaluate_image(const PromptChunk& chunk, llama_pos at) {
  const auto embedding = encoder_.encode(chunk);
  if (!embedding) return pass(embedding);
  if (abort_) return fail(ErrorCode::interrupted, "stopped");
  const LogCapture log;
  llama_pos end = at;
  // The library only reads the numbers.
  auto* numbers = const_cast<float*>((*embedding)->data());
  const auto add = [](llama_batch batch, void* self) {
    return static_cast<Evaluator*>(self)->add_states(static_cast<std::size_t>(batch.n_tokens)) ? 0 : 1;
  };
  const auto failed = mtmd_helper_decode_image_chunk(model_.projector(), context_.get(), chunk.layout.get(), numbers,
                                                     at, 0, static_cast<std::int32_t>(batch_limit()), &end, add, this);
  if (abort_) return fail(ErrorCode::interrupted, "stopped");
  if (failed != 0) return fail(ErrorCode::engine, "the prompt cannot be evaluated" + log.reason());
  if (tell_) tell_();
  return {};
}

void Evaluator::branch(llama_seq_id sequence) {
  llama_memory_seq_cp(memory(), 0, sequence, -1, -1);
  Branch& made = branches_[sequence];
  for (const auto& held : held_) made.shared.push_back(held.block);
}

void Evaluator::drop(llama_seq_id sequence) {
  static_cast<void>(llama_memory_seq_rm(memory(), sequence, -1, -1));
  const auto found = branches_.find(sequence);
  if (found == branches_.end()) return;
  used_ -= found->second.written;
  branches_.erase(found);
}

Status Evaluator::decode(std::span<const BatchToken> tokens) {
  const LogCapture log;
  const Batch batch(tokens);
  const auto failed = llama_decode(context_.get(), batch.get());
  if (abort_) return fail(ErrorCode::interrupted, "stopped");
  if (failed != 0) return fail(ErrorCode::engine, "the model cannot go on" + log.reason());
  if (!add_states(tokens.size())) return fail(ErrorCode::engine, "the model gives no states" + log.reason());
  for (const auto& token : tokens) ++(token.sequence == 0 ? written_ : branches_[token.sequence].written);
  used_ += tokens.size();
  if (tell_) tell_();
  return {};
}

std::span<const float> Evaluator::logits(std::size_t index) const {
  const float* values = llama_get_logits_ith(context_.get(), static_cast<std::int32_t>(index));
  if (values == nullptr) return {};
  return {values, model_.vocabulary()};
}

std::size_t Evaluator::batch_limit() const {
  // In a context that is smaller than a batch, the library's limit is the size that was asked for.
  const std::size_t limit = context_ == nullptr ? kBatch : llama_n_batch(context_.get());
  // Each token's logits come with its state: so many at once are enough.
  return settings_.states == StatesRead::none ? limit : std::min<std::size_t>(limit, settings_.micro_batch);
}

}  // namespace osler
