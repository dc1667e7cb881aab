#pragma once

#include <cstddef>

namespace osler::tiny_vlm {

/// The language model: the same for all architectures.
namespace text_shape {
inline constexpr std::size_t embedding = 64;
inline constexpr std::size_t heads = 4;
inline constexpr std::size_t kv_heads = 2;
inline constexpr std::size_t head = embedding / heads;
inline constexpr std::size_t layers = 2;
inline constexpr std::size_t feed_forward = 128;
inline constexpr std::size_t gemma_window = 24;         ///< Shorter than most prompts, so that it matters.
inline constexpr std::size_t gemma_window_pattern = 2;  ///< Every second layer sees the whole text.
inline constexpr std::size_t lfm_kernel = 3;            ///< Tokens that a convolution sees.
}  // namespace text_shape

/// The vision tower. The head must be a multiple of 4 for its two-dimensional RoPE, and the feed-forward size must
/// not equal the embedding size, or llama.cpp takes `up` and `down` for one another.
namespace vision_shape {
inline constexpr std::size_t embedding = 32;
inline constexpr std::size_t heads = 2;
inline constexpr std::size_t feed_forward = 96;
inline constexpr std::size_t patch = 14;
inline constexpr std::size_t qwen_layers = 2;
inline constexpr std::size_t qwen_window_pattern = 2;  ///< Every second layer sees the whole picture.
inline constexpr std::size_t qwen_merge = 2;           ///< 2x2 patches become one token.
inline constexpr std::size_t clip_layers = 3;          ///< LLaVA uses the features of the last but one.
inline constexpr std::size_t clip_image = 56;
inline constexpr std::size_t clip_patches = (clip_image / patch) * (clip_image / patch);
inline constexpr std::size_t siglip_layers = 2;
inline constexpr std::size_t siglip_image = 128;
inline constexpr std::size_t siglip_patch = 16;  ///< LFM2's tiles of 512 pixels are cut into whole patches.
inline constexpr std::size_t siglip_patches = (siglip_image / siglip_patch) * (siglip_image / siglip_patch);
inline constexpr std::size_t siglip_merge = 2;  ///< As Qwen's.
}  // namespace vision_shape

}  // namespace osler::tiny_vlm
