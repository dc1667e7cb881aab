#pragma once

#include <llama-cpp.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/prepared_prompt.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// Whose last states (after the final norm) a context hands out.
enum class StatesRead { none, last_token, all_tokens };

/// How a context is made. Answers depend on the types, flash attention and the micro-batch, on nothing else.
struct ContextSettings {
  ggml_type kv_type = GGML_TYPE_F16;
  bool flash_attention = false;
  bool is_batched = false;
  std::uint32_t micro_batch = 512;  ///< An image that the model takes all at once fits into it.
  std::size_t fixed_cells = 0;      ///< The user's own size in tokens; 0: as large as is needed.
  std::size_t most_cells = 0;       ///< That memory has room for.
  StatesRead states = StatesRead::none;
};

/// One token of a batch.
struct BatchToken {
  llama_token token = 0;
  llama_pos position = 0;
  llama_seq_id sequence = 0;
  bool wants_logits = false;
};

/// A text model's context: evaluates prompts and tokens. Sequence 0 holds the beginning of the latest prompt, and what
/// the next one has in common with it stays there; answers are written behind it, or in sequences that branch from it.
/// For one thread.
class Evaluator {
 public:
  Evaluator(const VisionModel& model, ImageEncoder& encoder, ContextSettings settings, const std::atomic<bool>& abort)
      : model_(model), encoder_(encoder), settings_(settings), abort_(abort) {}

  /// Cells of the context that reserve() makes where there was none. Fails as reserve() does.
  [[nodiscard]] Result<std::size_t> room_for(std::size_t cells) const;
  /// Whether begin() can take the prompt at all, as far as can be told without a context.
  [[nodiscard]] Status check(const PreparedPrompt& prompt) const;

  /// Room for `cells` tokens in `sequences` sequences. If there is not, the context is made anew and has forgotten
  /// everything. Fails with ErrorCode::limit where the settings forbid so many.
  [[nodiscard]] Status reserve(std::size_t cells, std::size_t sequences);

  /// Evaluates all of the prompt but its last chunk into sequence 0. With `share`, images and texts that it has in
  /// common with what is there already are not evaluated again. Fails with ErrorCode::interrupted when told to abort.
  [[nodiscard]] Status begin(const PreparedPrompt& prompt, bool share);
  /// Where the last chunk of the prompt that was begun last stands.
  [[nodiscard]] llama_pos position() const { return position_; }
  /// How many cells of a prompt begin() would find in place.
  [[nodiscard]] std::size_t shared_cells(const PreparedPrompt& prompt) const;
  /// Forgets what sequence 0 holds, if nothing branched from it that is still there.
  void release_unused_prefix();
  void forget_all() { forget(false); }
  /// Forgets all, also what is not a number: cells that were let go are still multiplied, by nothing, and nothing times
  /// that is not nothing.
  void wipe() { forget(true); }
  /// Gives the memory back; reserve() makes a new context.
  void close();

  /// Makes a sequence (not 0) that begins as sequence 0 is now; drop() ends it. What was written behind begin() must
  /// outlive the branch.
  void branch(llama_seq_id sequence);
  void drop(llama_seq_id sequence);

  /// Evaluates tokens, no more than batch_limit() of them, no more than output_limit() with logits.
  [[nodiscard]] Status decode(std::span<const BatchToken> tokens);
  /// The logits of the `index`-th token of the last batch, one per token of the vocabulary; empty if there are none.
  [[nodiscard]] std::span<const float> logits(std::size_t index) const;

  /// Evaluates the last chunk of the prompt that was begun last, and returns the state of its last token. Precondition:
  /// the settings' `states` is last_token.
  [[nodiscard]] Result<std::vector<float>> last_state(const PreparedPrompt& prompt);
  /// The same, and returns the sum of the states of all tokens, those of pictures included: chunk by chunk, so that a
  /// chunk that was there adds what it added before. Precondition: `states` is all_tokens.
  [[nodiscard]] Result<std::vector<double>> sum_of_states(const PreparedPrompt& prompt);

  [[nodiscard]] std::size_t batch_limit() const;
  [[nodiscard]] std::size_t output_limit() const { return sequences_ < kFewestOutputs ? kFewestOutputs : sequences_; }
  [[nodiscard]] std::size_t cells() const { return cells_; }
  [[nodiscard]] std::size_t free_cells() const { return cells_ > used_ ? cells_ - used_ : 0; }
  /// Cells that one prompt with its answer may fill, of which `needed` would do.
  [[nodiscard]] std::size_t limit_for(std::size_t needed) const {
    return settings_.fixed_cells > 0 ? cells_ : std::min(needed, cells_);
  }
  /// `needed` cells, or the user's own size.
  [[nodiscard]] std::size_t wanted_cells(std::size_t needed) const {
    return settings_.fixed_cells > 0 ? settings_.fixed_cells : needed;
  }
  [[nodiscard]] bool is_fixed() const { return settings_.fixed_cells > 0; }
  /// Tokens that the model was trained on at once; 0 if its file does not say.
  [[nodiscard]] std::size_t trained_cells() const { return model_.trained_context(); }
  /// The most cells that a context may ever have.
  [[nodiscard]] std::size_t most_cells() const;
  /// Chunks that were evaluated by begin(), and chunks that it found in place.
  [[nodiscard]] std::uint64_t evaluated_chunks() const { return evaluated_chunks_; }
  [[nodiscard]] std::uint64_t shared_chunks() const { return shared_chunks_; }

  void on_activity(const std::function<void()>& tell) { tell_ = tell; }

 private:
  static constexpr std::size_t kFewestOutputs = 32;

  /// Cells that are in use as long as any sequence refers to them.
  class CellBlock {
   public:
    CellBlock(std::size_t& used, std::size_t cells) : used_(used), cells_(cells) { used_ += cells; }
    ~CellBlock() { used_ -= cells_; }
    CellBlock(const CellBlock&) = delete;
    CellBlock& operator=(const CellBlock&) = delete;

   private:
    std::size_t& used_;
    std::size_t cells_;
  };
  using Block = std::shared_ptr<const CellBlock>;

  /// A chunk that sequence 0 holds, and where it ends.
  struct Held {
    std::shared_ptr<const PromptChunk> chunk;
    llama_pos end = 0;
    Block block;
    std::vector<double> states = {};  ///< The sum of its tokens' states, where all are read.
  };

  /// A sequence that branched off.
  struct Branch {
    std::vector<Block> shared;
    std::size_t written = 0;  ///< Cells of its own.
  };

  void forget(bool wipe);
  [[nodiscard]] Status open(std::size_t cells, std::size_t sequences);
  /// Keeps the first `chunks` of what sequence 0 holds. False, and nothing kept, if the model's memory cannot be cut
  /// there.
  [[nodiscard]] bool keep(std::size_t chunks);
  [[nodiscard]] bool has_window_before(llama_pos end) const;
  [[nodiscard]] Status evaluate(const PromptChunk& chunk, llama_pos at);
  [[nodiscard]] Status evaluate_text(const PromptChunk& chunk, llama_pos at);
  [[nodiscard]] Status evaluate_image(const PromptChunk& chunk, llama_pos at);
  /// Adds the states of the latest batch's tokens to `chunk_states_`, where all are read; false if there are none.
  [[nodiscard]] bool add_states(std::size_t tokens);
  [[nodiscard]] llama_memory_t memory() const { return llama_get_memory(context_.get()); }

  const VisionModel& model_;
  ImageEncoder& encoder_;
  ContextSettings settings_;
  const std::atomic<bool>& abort_;
  std::size_t used_ = 0;  ///< Before the blocks, which count down in it.
  llama_context_ptr context_;
  std::size_t cells_ = 0;
  std::size_t sequences_ = 0;
  std::vector<Held> held_;
  std::vector<double> chunk_states_;         ///< The sum over the chunk that is being evaluated.
  std::map<llama_seq_id, Branch> branches_;  ///< Every sequence but 0.
  std::size_t written_ = 0;                  ///< Cells of sequence 0 behind what it holds.
  llama_pos position_ = 0;
  std::uint64_t evaluated_chunks_ = 0;
  std::uint64_t shared_chunks_ = 0;
  std::function<void()> tell_;
};

}  // namespace osler
