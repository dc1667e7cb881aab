#include "osler/engine/llama/context_settings.h"

#include <fmt/format.h>
#include <mtmd.h>

#include <algorithm>

#include "osler/core/version.h"
#include "osler/engine/llama/kv_memory.h"
#include "osler/engine/llama/log_capture.h"

namespace osler {
namespace {

/// What another process with the same files takes beside its context. Text weights in memory are those of the mapped
/// file, which all have in common, unless they are laid out anew.
std::uint64_t own_weights(const VisionModel& model, const LlamaOptions& options, bool on_gpu) {
  const std::uint64_t projector = model.files().projector_facts.bytes;
  const bool are_mapped = options.deterministic && !on_gpu;
  return are_mapped ? projector : projector + model.files().model_facts.bytes;
}

std::uint64_t budget(const VisionModel& model, const LlamaOptions& options) {
  if (options.kv_budget > 0) return options.kv_budget;
  const bool on_gpu = kCuda && options.gpu_layers != 0;
  return share_of_memory(memory_for_context(on_gpu), own_weights(model, options, on_gpu), options.memory_shares);
}

std::size_t most_cells(const VisionModel& model, const LlamaOptions& options, ggml_type type) {
  const std::uint64_t bytes = budget(model, options);
  constexpr std::size_t kUnknown = 32'768;
  if (bytes == 0) return kUnknown;
  constexpr std::uint64_t kLargest = 1 << 26;
  return std::min(bytes / kv_bytes_per_token(model, type), kLargest);
}

/// Tokens of the largest image, where the model takes all of them at once (Gemma: they see each other); else 0.
std::uint32_t tokens_at_once(const VisionModel& model) {
  if (model.projector() == nullptr || !mtmd_decode_use_non_causal(model.projector(), nullptr)) return 0;
  const LogCapture log;
  std::size_t most = 0;
  // Which shape has most depends on how the library rounds. No pixels are needed.
  constexpr std::uint32_t kLongSide = 4096;
  constexpr std::uint32_t kShapes = 32;
  for (std::uint32_t i = 1; i <= kShapes; ++i) {
    const mtmd::bitmap_ptr place(mtmd_bitmap_init(kLongSide, kLongSide / kShapes * i, nullptr));
    const mtmd_input_part part{nullptr, place.get()};
    const mtmd_input_part* parts = &part;
    const mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
    if (mtmd_tokenize_from_parts(model.projector(), chunks.get(), &parts, 1, false) != 0) continue;
    for (std::size_t k = 0; k < mtmd_input_chunks_size(chunks.get()); ++k) {
      const auto* chunk = mtmd_input_chunks_get(chunks.get(), k);
      if (mtmd_input_chunk_get_type(chunk) != MTMD_INPUT_CHUNK_TYPE_IMAGE) continue;
      most = std::max(most, mtmd_input_chunk_get_n_tokens(chunk));
    }
  }
  return static_cast<std::uint32_t>(most);
}

}  // namespace

Result<ContextSettings> settings_for(const VisionModel& model, const LlamaOptions& options) {
  const auto type = kv_type_from(options.deterministic ? "f32" : options.kv_type);
  if (!type) {
    return fail(ErrorCode::usage, fmt::format("'{}' is no type of the context's numbers", options.kv_type), {},
                "choose f32, f16, bf16 or q8_0 with --kv-type");
  }
  if (!can_hold(model, *type)) {
    return fail(ErrorCode::unsupported,
                fmt::format("has attention heads that {} cannot hold: they are no whole blocks", options.kv_type),
                {model.files().model.string()}, "choose another --kv-type");
  }
  const bool is_batched = options.sharing == Sharing::batched && model.can_share();
  ContextSettings settings;
  settings.kv_type = *type;
  settings.is_batched = is_batched;
  settings.flash_attention = !options.deterministic && options.flash_attention.value_or(is_batched);
  if (*type == GGML_TYPE_Q8_0 && !settings.flash_attention) {
    return fail(ErrorCode::usage, "a context of type q8_0 needs flash attention", {}, "add --flash-attn on");
  }
  settings.micro_batch = std::max(static_cast<std::uint32_t>(options.micro_batch), tokens_at_once(model));
  settings.fixed_cells = options.context;
  settings.most_cells = most_cells(model, options, *type);
  return settings;
}

}  // namespace osler
