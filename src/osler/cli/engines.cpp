#include "osler/cli/engines.h"

#include <fmt/format.h>

#include <string_view>

#include "osler/cli/progress.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/replay/replay_engine.h"

namespace osler::cli {
namespace {

constexpr std::string_view kReplay = "replay:";

}  // namespace

void add_engine_options(CLI::App& command, EngineOptions& options) {
  auto* engine = command.add_option_group("Engine", "llama.cpp in this process");
  engine->add_option("--mmproj", options.llama.projector, "Vision projector (default: mmproj*.gguf beside the model)");
  engine->add_option("--chat-template", options.llama.chat_template, "Jinja file in place of the model's template");
  engine->add_option("-t,--threads", options.llama.threads, "CPU threads (default: all this process may use)")
      ->check(CLI::Range(1, 1024));
  engine->add_option("-c,--context", options.llama.context, "Context in tokens (default: prompt room + answer)")
      ->check(CLI::Range(1, 100'000'000));
  engine->add_option("--n-gpu-layers", options.llama.gpu_layers, "Layers on the GPU, in a CUDA build (default: all)");
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
  set_library_logging(options.verbose);
  LlamaOptions llama = options.llama;
  llama.model = options.model;
  llama.max_new_tokens = max_new_tokens;
  Progress progress(llama.model.filename().string());
  auto engine = open_llama_engine(llama, [&](float fraction) {
    progress.loading(fraction);
    return !stop.stop_requested();
  });
  progress.finish();
  return engine;
}

}  // namespace osler::cli
