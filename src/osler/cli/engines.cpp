#include "osler/cli/engines.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <string_view>

#include "osler/cli/progress.h"
#include "osler/core/version.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/replay/replay_engine.h"
#include "osler/engine/worker/worker_engine.h"

namespace osler::cli {
namespace {

constexpr std::string_view kReplay = "replay:";

Result<std::unique_ptr<Engine>> open_in_process(const EngineOptions& options, const LlamaOptions& llama,
                                                const std::function<bool(float)>& progress) {
  if (options.workers > 1) {
    return fail(ErrorCode::usage, "--in-process and --workers exclude each other", {}, "leave one of them out");
  }
  set_library_logging(options.verbose);
  return open_llama_engine(llama, progress);
}

}  // namespace

void add_engine_options(CLI::App& command, EngineOptions& options) {
  auto* engine = command.add_option_group("Engine", "llama.cpp in processes of its own");
  engine->add_option("--mmproj", options.llama.projector, "Vision projector (default: mmproj*.gguf beside the model)");
  engine->add_option("--chat-template", options.llama.chat_template, "Jinja file in place of the model's template");
  engine->add_option("-t,--threads", options.llama.threads, "CPU threads (default: all this process may use)")
      ->check(CLI::Range(1, 1024));
  engine->add_option("-c,--context", options.llama.context, "Context in tokens (default: prompt room + answer)")
      ->check(CLI::Range(1, 100'000'000));
  engine->add_option("--n-gpu-layers", options.llama.gpu_layers, "Layers on the GPU, in a CUDA build (default: all)");
  engine->add_option("--workers", options.workers, "Processes that answer, one per GPU or set of CPUs")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  engine->add_option("--stall-timeout", options.stall_timeout, "Replace a worker that is silent for so many SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  // For debuggers and sanitizers: what ends llama.cpp then ends the run.
  engine->add_flag("--in-process", options.in_process, "Answer in this process, without workers")->group("");
  engine->add_flag("-v,--verbose", options.verbose, "Let llama.cpp's log through to standard error");
}

Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options, std::int32_t max_new_tokens,
                                            const std::stop_token& stop) {
  if (options.model == kReplay) {
    return fail(ErrorCode::usage, "'replay:' names no file", {}, "give recorded responses as replay:FILE");
  }
  if (options.model.starts_with(kReplay)) return open_replay_engine(options.model.substr(kReplay.size()));
  if (!options.model.ends_with(".gguf")) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not a model", options.model), {},
                "give the path of a .gguf file, or replay:FILE");
  }
  WorkerOptions workers;
  workers.llama = options.llama;
  workers.llama.model = options.model;
  workers.llama.max_new_tokens = max_new_tokens;
  workers.workers = options.workers;
  workers.stall_timeout = std::chrono::seconds(options.stall_timeout);
  workers.verbose = options.verbose;
  workers.on_gpus = kCuda && options.llama.gpu_layers != 0;
  Progress progress(workers.llama.model.filename().string());
  const auto show = [&](float fraction) {
    progress.loading(fraction);
    return !stop.stop_requested();
  };
  auto engine = options.in_process ? open_in_process(options, workers.llama, show) : open_worker_engine(workers, show);
  progress.finish();
  return engine;
}

}  // namespace osler::cli
