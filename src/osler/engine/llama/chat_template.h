#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"

namespace osler {

/// A stretch of a rendered prompt.
struct RenderedPiece {
  enum class Origin {
    chat_template,  ///< Written by the model's template: special tokens in it mean what they say.
    user,           ///< Came with the item: text like "<|im_end|>" in it is only text.
    image,
  };
  Origin origin = Origin::chat_template;
  std::string text;       ///< Empty for images.
  std::size_t image = 0;  ///< Index into the request's images.
};

/// A model's own chat template (Jinja), run by llama.cpp's engine for them.
class ChatTemplate {
 public:
  /// `bos` and `eos` are the texts of the model's special tokens, which templates refer to.
  [[nodiscard]] static Result<ChatTemplate> parse(const std::string& source, const std::string& bos,
                                                  const std::string& eos);
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  /// The prompt as the model is to see it, up to the point where its answer starts. Deterministic: a template that
  /// asks for the date gets a fixed one. Fails when the template raises an error or loses an image.
  [[nodiscard]] Result<std::vector<RenderedPiece>> render(const Prompt& prompt) const;

 private:
  struct State;
  explicit ChatTemplate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace osler
