#pragma once

#include <llama-cpp.h>
#include <mtmd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/llama/chat_template.h"
#include "osler/engine/llama/image_size.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/model_files.h"

namespace osler {

/// What a model must have to be of use.
struct ModelNeeds {
  bool projector = true;
  bool chat_template = true;
};

/// The weights of a text model, its vocabulary and chat template, and its vision projector: all that does not change
/// from prompt to prompt.
class VisionModel {
 public:
  [[nodiscard]] static Result<std::unique_ptr<VisionModel>> load(const LlamaOptions& options,
                                                                 const std::function<bool(float)>& progress,
                                                                 ModelNeeds needs = {});

  [[nodiscard]] llama_model* weights() const { return model_.get(); }
  /// Null for a model that sees no images.
  [[nodiscard]] mtmd_context* projector() const { return projector_.get(); }
  /// Precondition: has_chat_template(), which holds unless it was not needed.
  [[nodiscard]] const ChatTemplate& chat_template() const { return *template_; }
  [[nodiscard]] bool has_chat_template() const { return template_.has_value(); }

  [[nodiscard]] std::vector<llama_token> tokens(const std::string& text, bool parse_special) const;
  /// True if the text reads differently when special tokens are looked for in it.
  [[nodiscard]] bool holds_special_tokens(const std::string& text) const {
    return tokens(text, true) != tokens(text, false);
  }
  [[nodiscard]] bool ends_turn(llama_token token) const;
  [[nodiscard]] std::string piece(llama_token token) const;
  /// Text of the token that begins every sequence, where the tokenizer adds it by itself; else "".
  [[nodiscard]] const std::string& added_start() const { return added_start_; }

  /// The token that begins every sequence, where the tokenizer adds it by itself.
  [[nodiscard]] std::optional<llama_token> added_start_token() const;

  /// Tokens of the vocabulary.
  [[nodiscard]] std::size_t vocabulary() const;
  /// Numbers of a picture's token as the text model takes it.
  [[nodiscard]] std::size_t embedding_width() const;
  /// Numbers of a token's last state.
  [[nodiscard]] std::size_t state_width() const;
  /// Tokens that the model was trained on at once; 0 if its file does not say.
  [[nodiscard]] std::size_t trained_context() const;
  /// False for models whose memory of a text cannot be cut back to a part of it: they share nothing.
  [[nodiscard]] bool can_share() const;

  /// In which size pictures are handed to the projector.
  [[nodiscard]] const ImageSizeRule& image_size_rule() const { return image_size_rule_; }

  [[nodiscard]] const ModelFiles& files() const { return files_; }
  [[nodiscard]] const std::string& template_hash() const { return template_hash_; }
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::int32_t threads() const { return threads_; }

 private:
  explicit VisionModel(ModelFiles files) : files_(std::move(files)) {}
  [[nodiscard]] Status load_model(const LlamaOptions& options, const std::function<bool(float)>& progress);
  [[nodiscard]] Status load_template(const LlamaOptions& options, bool is_needed);
  [[nodiscard]] Status load_projector(const LlamaOptions& options, const std::function<bool(float)>& progress);
  [[nodiscard]] const llama_vocab* vocab() const { return llama_model_get_vocab(model_.get()); }
  [[nodiscard]] std::string token_text(llama_token token) const;

  ModelFiles files_;
  llama_model_ptr model_;
  mtmd::context_ptr projector_;
  ImageSizeRule image_size_rule_;
  std::optional<ChatTemplate> template_;
  std::string template_hash_;
  std::string added_start_;
  std::int32_t threads_ = 1;
};

}  // namespace osler
