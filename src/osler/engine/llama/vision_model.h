#pragma once

#include <llama-cpp.h>
#include <mtmd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/chat_template.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/model_files.h"

namespace osler {

/// A prompt in the model's own units.
struct TokenizedPrompt {
  mtmd::input_chunks_ptr chunks;
  std::size_t tokens = 0;  ///< Cells of the context that the prompt takes, image tokens included.
  std::size_t image_tokens = 0;
  std::string hash;  ///< SHA-256 of the rendered text and the pixels of the images.
};

/// A text model, its context and its vision projector. One prompt at a time.
class VisionModel {
 public:
  [[nodiscard]] static Result<std::unique_ptr<VisionModel>> load(const LlamaOptions& options,
                                                                 const std::function<bool(float)>& progress);

  /// Renders and tokenizes; images are resized for the encoder but not encoded yet.
  [[nodiscard]] Result<TokenizedPrompt> tokenize(const Request& request) const;

  /// Clears the context, then encodes the images and evaluates the prompt.
  [[nodiscard]] Status evaluate(const TokenizedPrompt& prompt);

  /// The next token's logits, one per token of the vocabulary; empty if nothing was evaluated. Valid until the next
  /// evaluation.
  [[nodiscard]] std::span<const float> logits() const;
  /// The most probable next token; fails when the model's numbers are not finite.
  [[nodiscard]] Result<llama_token> greedy_token() const;
  /// Draws the next token with a sampler (temperature > 0).
  [[nodiscard]] llama_token sample_token(llama_sampler* sampler) const;
  /// Feeds one token at the end of the context.
  [[nodiscard]] Status feed(llama_token token);

  [[nodiscard]] bool ends_turn(llama_token token) const;
  [[nodiscard]] std::string piece(llama_token token) const;
  [[nodiscard]] std::size_t free_cells() const;
  [[nodiscard]] std::uint32_t context_size() const;

  /// While set to true, a decode under way returns early.
  std::atomic<bool> abort{false};

  [[nodiscard]] const ModelFiles& files() const { return files_; }
  [[nodiscard]] const std::string& template_hash() const { return template_hash_; }
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::int32_t threads() const { return threads_; }

 private:
  explicit VisionModel(ModelFiles files) : files_(std::move(files)) {}
  [[nodiscard]] Status load_model(const LlamaOptions& options, const std::function<bool(float)>& progress);
  [[nodiscard]] Status load_template(const LlamaOptions& options);
  [[nodiscard]] Status open_context(const LlamaOptions& options);
  [[nodiscard]] Status load_projector(const LlamaOptions& options);
  [[nodiscard]] bool holds_special_tokens(const std::string& text) const;
  [[nodiscard]] std::string token_text(llama_token token) const;

  ModelFiles files_;
  llama_model_ptr model_;
  llama_context_ptr context_;
  mtmd::context_ptr projector_;
  std::optional<ChatTemplate> template_;
  std::string template_hash_;
  std::string bos_text_;
  std::int32_t threads_ = 1;
  llama_pos position_ = 0;
  std::size_t used_cells_ = 0;
};

}  // namespace osler
