#pragma once

#include <ggml.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "osler/core/error.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// f32, f16, bf16 or q8_0.
[[nodiscard]] std::optional<ggml_type> kv_type_from(std::string_view name);

/// Bytes that one token takes in a context: layers x key and value heads x their lengths, as the model's file has them.
/// Layers may differ in their heads (hybrid models have layers without any), not in their lengths. What a recurrent
/// layer holds of a sequence does not grow with its tokens and is not counted.
[[nodiscard]] std::uint64_t kv_bytes_per_token(const VisionModel& model, ggml_type type);

/// Whether the heads' lengths are whole blocks of the type, without which llama.cpp makes no context.
[[nodiscard]] bool can_hold(const VisionModel& model, ggml_type type);

/// Bytes of memory that can still be had where the context will be: on the first GPU if layers are put there, else as
/// available_memory().
[[nodiscard]] std::uint64_t memory_for_context(bool on_gpu);

/// Bytes that one of `shares` processes may give to its context, when `free` are left after it has loaded its weights
/// and each of the others is still to take `weights`: an equal part of half of the rest. The other half is for encoding
/// images and for others.
[[nodiscard]] std::uint64_t share_of_memory(std::uint64_t free, std::uint64_t weights, std::int32_t shares);

}  // namespace osler
