#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "osler/core/error.h"
#include "osler/engine/engine.h"

namespace osler {

/// How prompts that begin alike are evaluated.
enum class Sharing {
  exact,    ///< Common images once, questions one after another: the numbers are those of `none`.
  batched,  ///< Questions branch from their images and are decoded together: faster, and rounded otherwise.
  none,     ///< Every prompt from an empty context.
};

struct LlamaOptions {
  std::filesystem::path model;
  std::filesystem::path projector;      ///< Empty: found beside the model.
  std::filesystem::path chat_template;  ///< Empty: the model's own.
  std::int32_t threads = 0;             ///< 0: the CPUs this process may use.
  std::uint32_t context = 0;            ///< In tokens; 0: what each prompt and its longest answer need.
  std::int32_t gpu_layers = -1;         ///< Layers on the GPU in a CUDA build; negative: all.
  Sharing sharing = Sharing::exact;
  std::int32_t parallel = 24;                ///< Questions decoded together when batched.
  std::optional<bool> flash_attention = {};  ///< Unset: only when batched, where it passes over foreign cells.
  std::string kv_type = "f16";               ///< Of the context's numbers: f32, f16, bf16 or q8_0.
  std::uint64_t kv_budget = 0;               ///< Bytes that the context may take; 0: its share of what is available.
  std::int32_t memory_shares = 1;            ///< Processes with these files that have to do with the same memory.
  std::int32_t micro_batch = 512;            ///< Tokens computed at once.
  std::int32_t image_min_tokens = 0;         ///< Of an image, for models that take any size; 0: the model's own limit.
  std::int32_t image_max_tokens = 0;
  std::uint64_t image_cache = std::uint64_t{64} << 20;  ///< Bytes of encoded images that are kept for later prompts.
  /// The settings under which neither the number of threads nor the shape of a batch changes an answer.
  bool deterministic = false;
};

/// Loads a text model and its vision projector into this process.
/// `progress` is called with 0..1 while weights are read; when it returns false, loading ends
/// (ErrorCode::interrupted). Errors name the file at fault.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_llama_engine(const LlamaOptions& options,
                                                                const std::function<bool(float)>& progress = {});

/// llama.cpp's own line about the instruction sets and backends it was built with.
[[nodiscard]] std::string llama_system_info();

}  // namespace osler
