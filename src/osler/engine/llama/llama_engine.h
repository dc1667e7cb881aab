#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "osler/core/error.h"
#include "osler/engine/engine.h"

namespace osler {

struct LlamaOptions {
  std::filesystem::path model;
  std::filesystem::path projector;      ///< Empty: found beside the model.
  std::filesystem::path chat_template;  ///< Empty: the model's own.
  std::int32_t threads = 0;             ///< 0: the CPUs this process may use.
  std::uint32_t context = 0;            ///< In tokens; 0: what the longest answer and eight images need.
  std::int32_t gpu_layers = -1;         ///< Layers on the GPU in a CUDA build; negative: all.
  std::int32_t max_new_tokens = 4096;   ///< The largest answer that will be asked for; sizes the context.
};

/// Loads a text model and its vision projector into this process.
/// `progress` is called with 0..1 while weights are read; when it returns false, loading ends
/// (ErrorCode::interrupted). Errors name the file at fault.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_llama_engine(const LlamaOptions& options,
                                                                const std::function<bool(float)>& progress = {});

/// CPUs this process may use: what Slurm, taskset or a container left of the machine.
[[nodiscard]] std::int32_t usable_cpus();

/// llama.cpp's own line about the instruction sets and backends it was built with.
[[nodiscard]] std::string llama_system_info();

}  // namespace osler
