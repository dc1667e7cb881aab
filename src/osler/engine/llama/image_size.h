#pragma once

#include <cstdint>
#include <optional>

#include "osler/core/error.h"
#include "osler/engine/llama/gguf_head.h"
#include "osler/engine/llama/llama_engine.h"

namespace osler {

/// In pixels.
struct ImageSize {
  std::uint32_t width = 0;
  std::uint32_t height = 0;

  [[nodiscard]] bool operator==(const ImageSize&) const = default;
};

/// The size that the image processor of Qwen2-VL and its successors (smart_resize in Hugging Face's transformers)
/// gives a picture: sides that are multiples of `factor`, rounded half to even as Python does, then shrunk or enlarged
/// until the area lies within the range. `factor`, the sides and the range must be at least 1. As there, a picture more
/// than 200 times as long as wide is refused (ErrorCode::limit).
[[nodiscard]] Result<ImageSize> smart_resize(std::uint32_t height, std::uint32_t width, std::uint32_t factor,
                                             std::uint64_t min_pixels, std::uint64_t max_pixels);

/// In which size pictures are handed to libmtmd. For Qwen's projectors it is the one that Hugging Face's processor
/// chooses: the library rounds halves up instead of to even, so its 350 x 350 pixels become 169 tokens instead of 144,
/// and it pads where the processor stretches. A picture that already has such a size passes through it unchanged.
struct ImageSizeRule {
  std::uint32_t factor = 0;  ///< Pixels of a side that become one token; 0: the library chooses the size.
  std::uint64_t min_pixels = 0;
  std::uint64_t max_pixels = 0;
  /// What mtmd_context_params must be given under the same names, or the library would resize once more: its own lower
  /// limit (8 tokens) is not the processor's (4; 64 for Qwen3-VL). 0: the library's own.
  std::int32_t image_min_tokens = 0;
  std::int32_t image_max_tokens = 0;

  /// The range is that of the processors' published configuration, or the projector's own where its file carries one,
  /// with at most the 4,096 tokens that llama.cpp allows; the options' limits, where set, take its place.
  [[nodiscard]] static ImageSizeRule of(const GgufHead& projector, const LlamaOptions& options);

  /// The size in which a picture is to be handed over; nothing if the library is to choose. A picture that the model's
  /// own processor refuses is an error: no number published for the model can hold an answer to it.
  [[nodiscard]] Result<std::optional<ImageSize>> size_for(std::uint32_t width, std::uint32_t height) const;
};

}  // namespace osler
