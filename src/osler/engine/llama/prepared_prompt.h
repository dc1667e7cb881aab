#pragma once

#include <llama.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// A stretch of an encoder's input or of a prompt, in the library's own form.
struct FreeChunk {
  void operator()(mtmd_input_chunk* chunk) const { mtmd_input_chunk_free(chunk); }
};
using ChunkPtr = std::unique_ptr<mtmd_input_chunk, FreeChunk>;

/// A picture on its way to the vision encoder, shared by all prompts that show it. Its pixels are brought into the
/// encoder's form at the first need, which may come on another thread than the encoder's.
class EncoderInput {
 public:
  /// `size` is the one in which the picture is handed to the library.
  EncoderInput(const VisionModel& model, std::shared_ptr<const Image> image, std::string pixel_hash, ImageSize size)
      : model_(model), image_(std::move(image)), pixel_hash_(std::move(pixel_hash)), size_(size) {}

  [[nodiscard]] const std::string& pixel_hash() const { return pixel_hash_; }
  [[nodiscard]] const std::shared_ptr<const Image>& image() const { return image_; }
  [[nodiscard]] ImageSize size() const { return size_; }

  /// The `index`-th part that the encoder takes (models cut large pictures into several), valid until release_after().
  [[nodiscard]] Result<const mtmd_input_chunk*> part(std::size_t index);
  /// Makes all parts, so that part() finds them ready; unless they were encoded before, and are hardly needed again.
  [[nodiscard]] Status prepare();
  /// Says that part `index` was encoded. After the last one the prepared pixels are let go.
  void release_after(std::size_t index);
  /// About the bytes of the prepared pixels; 0 when there are none.
  [[nodiscard]] std::uint64_t prepared_bytes();

 private:
  [[nodiscard]] Status prepare_locked();

  const VisionModel& model_;
  const std::shared_ptr<const Image> image_;
  const std::string pixel_hash_;
  const ImageSize size_;
  std::mutex mutex_;  ///< Guards what follows.
  mtmd::input_chunks_ptr chunks_;
  std::vector<const mtmd_input_chunk*> parts_;  ///< Those of chunks_ that are parts of the picture.
  bool encoded_ = false;
};

/// A stretch of a prompt in the model's own units: tokens of text, or a part of a picture.
struct PromptChunk {
  std::vector<llama_token> tokens;      ///< Of text.
  std::shared_ptr<EncoderInput> input;  ///< Of a picture; null for text.
  std::size_t part = 0;                 ///< Which of the input's parts.
  ChunkPtr layout;                      ///< Of a picture: where its tokens stand; holds no pixels.
  std::size_t cells = 0;                ///< Of the context.
  llama_pos positions = 0;              ///< By which the text's position advances: with M-RoPE fewer than cells.

  [[nodiscard]] bool is_image() const { return input != nullptr; }
  [[nodiscard]] bool same_as(const PromptChunk& other) const {
    if (is_image() != other.is_image()) return false;
    if (!is_image()) return tokens == other.tokens;
    return part == other.part && cells == other.cells && input->pixel_hash() == other.input->pixel_hash();
  }
};

/// A prompt in the model's own units.
struct PreparedPrompt {
  std::vector<std::shared_ptr<const PromptChunk>> chunks;
  std::size_t cells = 0;  ///< Of the context that the prompt takes, image tokens included.
  std::size_t image_tokens = 0;
  std::string hash;  ///< SHA-256 of the rendered text and the pixels of the images.
  std::string tail;  ///< Its last stretch of text, after which the answer stands.
  bool tail_is_special = true;
};

/// How many chunks of the prompt, but the last, `held` begins with; `chunk_of` finds the chunk of what it holds.
template <class Held, class ChunkOf = std::identity>
[[nodiscard]] std::size_t chunks_in_common(const PreparedPrompt& prompt, const std::vector<Held>& held,
                                           ChunkOf chunk_of = {}) {
  if (prompt.chunks.empty()) return 0;
  const auto same = [&](const auto& a, const auto& b) { return std::invoke(chunk_of, a)->same_as(*b); };
  const auto found = std::mismatch(held.begin(), held.end(), prompt.chunks.begin(), prompt.chunks.end() - 1, same);
  return static_cast<std::size_t>(found.first - held.begin());
}

/// Renders, tokenizes and lays out prompts. May be used by several threads.
class PromptPreparer {
 public:
  using Render = std::function<Result<std::vector<RenderedPiece>>(const Prompt&)>;

  explicit PromptPreparer(const VisionModel& model)
      : PromptPreparer(model, [&model](const Prompt& prompt) { return model.chat_template().render(prompt); }) {}
  /// With something else than the model's chat template. `render` is called by one thread at a time.
  PromptPreparer(const VisionModel& model, Render render) : model_(model), render_(std::move(render)) {}

  /// `answer_prefix` stands at the head of the model's turn, without the blanks at its end: a tokenizer joins those
  /// with the word that follows. Images are not encoded, and not even prepared for it.
  [[nodiscard]] Result<PreparedPrompt> prepare(const Prompt& prompt,
                                               const std::vector<std::shared_ptr<const Image>>& images,
                                               const std::string& answer_prefix = {});
  /// The prompt of a request, with the answer prefix of its options if these are scored.
  [[nodiscard]] Result<PreparedPrompt> prepare(const Request& request) {
    return prepare(request.prompt, request.images, request.scoring ? request.scoring->answer_prefix : std::string());
  }

 private:
  struct Layout;
  [[nodiscard]] Result<Layout> lay_out(const Prompt& prompt, const std::vector<std::shared_ptr<const Image>>& images,
                                       const std::string& answer_prefix);
  [[nodiscard]] Result<PreparedPrompt> prepare_text(const Layout& layout) const;
  [[nodiscard]] Result<std::shared_ptr<EncoderInput>> input_for(const std::shared_ptr<const Image>& image);

  const VisionModel& model_;
  Render render_;
  std::mutex mutex_;                                   ///< Guards what follows, and render_.
  std::vector<std::shared_ptr<EncoderInput>> recent_;  ///< The last few pictures, the latest last.
};

}  // namespace osler
