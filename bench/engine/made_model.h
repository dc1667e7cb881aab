#pragma once

#include <ggml.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/error.h"

namespace osler::engine_bench {

/// The sizes of a vision-language model that is built like Qwen2.5-VL.
struct Shape {
  std::string_view name;
  struct Text {
    std::size_t embedding;
    std::size_t layers;
    std::size_t heads;
    std::size_t kv_heads;
    std::size_t feed_forward;
    std::size_t vocabulary;
    std::array<std::int32_t, 3> rope_sections;  ///< Time, height, width: they share half a head.
  } text;
  struct Vision {
    std::size_t embedding;
    std::size_t layers;
    std::size_t heads;
    std::size_t feed_forward;
    std::size_t window_pattern;  ///< Every so-manieth layer sees the whole picture.
  } vision;
};

/// Qwen2.5-VL-3B's own sizes ("3b"), Qwen2.5-0.5B's text model with a vision tower in the same proportion ("middling"),
/// and one that answers at once, to try the benchmark out ("small").
inline constexpr std::array<Shape, 3> shapes{
    {{"small", {256, 4, 4, 2, 1024, 2048, {8, 12, 12}}, {160, 4, 4, 428, 2}},
     {"middling", {896, 24, 14, 2, 4864, 151'936, {8, 12, 12}}, {768, 16, 12, 2052, 8}},
     {"3b", {2048, 36, 16, 2, 11'008, 151'936, {16, 24, 24}}, {1280, 32, 16, 3420, 8}}}};

[[nodiscard]] const Shape* shape_of(std::string_view name);

struct MadeModel {
  std::filesystem::path model;
  std::filesystem::path projector;
};

/// Writes a pair with random weights as users have it: text in Q4_0 with tied embeddings in Q6_K (Q8_0 where rows do
/// not fit), the projector in `projector_type` (F16 or BF16). The weights are calm enough for finite logits in any
/// precision, and answers differ from question to question. None ends before its limit, because the tokens that would
/// end it score about 0 and the best of the others some four deviations. Equal arguments give equal bytes.
[[nodiscard]] Result<MadeModel> write_model(const Shape& shape, ggml_type projector_type,
                                            const std::filesystem::path& folder);

}  // namespace osler::engine_bench
