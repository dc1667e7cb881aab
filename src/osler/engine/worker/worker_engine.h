#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/llama_engine.h"

namespace osler {

struct WorkerOptions {
  LlamaOptions llama;        ///< Threads and --kv-budget are those of each worker; memory_shares is set.
  std::int32_t workers = 1;  ///< Processes; at least 1.
  /// A worker that loads or has work and says nothing for so long is replaced; when all load for the first time, it is
  /// an error.
  std::chrono::milliseconds stall_timeout = std::chrono::minutes(15);
  bool verbose = false;  ///< What the workers write to standard error is let through.
  bool on_gpus = false;  ///< The build computes on GPUs: each worker gets one, as far as they go.
  /// What starts a worker: a program and its first arguments. The id of this process follows them.
  std::vector<std::string> command = {"/proc/self/exe", "worker"};
};

/// Loads the model into worker processes, which answer in this process's stead: what ends one of them costs only what
/// it had in hand. That is asked again, one by one; a request that ends a worker twice gets an error response with the
/// reason. Requests that show the same pictures go to one worker. Source and sink are used by the thread that calls
/// answer() and by no other.
/// `progress` and failures are those of open_llama_engine; a model file that ends the worker is ErrorCode::engine.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_worker_engine(const WorkerOptions& options,
                                                                 const std::function<bool(float)>& progress = {});

}  // namespace osler
