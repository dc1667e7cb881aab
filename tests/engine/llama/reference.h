#pragma once

#include <llama-cpp.h>
#include <mtmd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "osler/core/image.h"
#include "osler/engine/llama/image_size.h"
#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {

/// No test can go on without a reference: throws unless it holds.
void need(bool holds, const char* what);

/// Loading by llama.cpp's own means, one thread each, without flash attention.
[[nodiscard]] llama_model_ptr load_reference_model(const std::string& file);
[[nodiscard]] llama_context_params reference_context(std::uint32_t cells);
/// The projector, told to make images as large as Osler does: `sizes` gets the rule.
[[nodiscard]] mtmd::context_ptr load_reference_projector(const std::string& file, const llama_model* model,
                                                         ImageSizeRule& sizes);

/// A user's turn of images and then text, in ChatML, as mtmd_tokenize takes it.
struct ReferencePrompt {
  std::string text = {};
  std::vector<mtmd::bitmap_ptr> bitmaps = {};
  std::vector<const mtmd_bitmap*> pointers = {};  ///< Into bitmaps.
};
[[nodiscard]] ReferencePrompt reference_prompt(const std::string& text,
                                               const std::vector<std::shared_ptr<const Image>>& images,
                                               const ImageSizeRule& sizes);

/// What an answer is by llama.cpp's own means and in its own tool's order of steps (llama-mtmd-cli), with nothing of
/// Osler's but the size of the images (tested by itself): one prompt string with media markers, mtmd_tokenize,
/// mtmd_helper_eval_chunks, the library's greedy sampler.
class Reference {
 public:
  explicit Reference(const tiny_vlm::TinyVlmFiles& files, std::uint32_t context = 4096);

  struct Answer {
    std::string text = {};
    std::size_t tokens = 0;
    std::size_t prompt_tokens = 0;
    std::size_t prompt_positions = 0;
    std::size_t image_tokens = 0;
    bool ended = false;
  };
  /// The user's turn holds the images and then the text, in ChatML.
  [[nodiscard]] Answer ask(const std::string& text, const std::vector<std::shared_ptr<const Image>>& images, int most);

  /// Number of tokens of a text in which nothing is special.
  [[nodiscard]] std::size_t plain_tokens(const std::string& text) const;

 private:
  llama_model_ptr model_;
  llama_context_ptr context_;
  mtmd::context_ptr vision_;
  ImageSizeRule sizes_;
};

}  // namespace osler::test
