#include "osler/cli/engines.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <string_view>

#include "osler/cli/progress.h"
#include "osler/core/machine.h"
#include "osler/core/version.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/replay/replay_engine.h"
#include "osler/engine/worker/placement.h"
#include "osler/engine/worker/worker_engine.h"

namespace osler::cli {
namespace {

constexpr std::string_view kReplay = "replay:";

/// More sequences than llama.cpp has.
constexpr std::int32_t kMostSequences = 255;

/// How prompts are put together.
void add_batch_options(CLI::App& engine, LlamaOptions& llama) {
  auto* batch = engine.add_flag_function(
      "--batch", [&llama](std::int64_t) { llama.sharing = Sharing::batched; },
      "Decode many answers together: faster, and rounded otherwise (see --verify-sharing)");
  auto* alone = engine.add_flag_function(
      "--no-sharing", [&llama](std::int64_t) { llama.sharing = Sharing::none; },
      "Encode and evaluate every prompt anew: the same answers, slowly");
  batch->excludes(alone);
  engine
      .add_flag("--deterministic", llama.deterministic,
                "F32 context, no flash attention, plain weights: threads change nothing")
      ->excludes(batch);
}

void add_context_options(CLI::App& engine, LlamaOptions& llama) {
  engine.add_option("--kv-type", llama.kv_type, "Numbers of the context")
      ->capture_default_str()
      ->check(CLI::IsMember({"f32", "f16", "bf16", "q8_0"}));
  engine
      .add_option(
          "--kv-budget", llama.kv_budget,
          "Memory that each worker's context may take, as 4GiB (default: half of what is free, by their number)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  engine
      .add_option_function<std::string>(
          "--flash-attn", [&llama](const std::string& value) { llama.flash_attention = value == "on"; },
          "Flash attention (default: on with --batch; else off, so that threads change nothing)")
      ->check(CLI::IsMember({"on", "off"}));
  engine.add_option("--ubatch-size", llama.micro_batch, "Tokens computed at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 2048));
}

void add_image_options(CLI::App& engine, LlamaOptions& llama) {
  engine
      .add_option("--image-min-tokens", llama.image_min_tokens,
                  "Enlarge images to so many tokens (default: the model's)")
      ->check(CLI::Range(1, 65'536));
  engine
      .add_option("--image-max-tokens", llama.image_max_tokens,
                  "Shrink images to so many tokens (default: the model's)")
      ->check(CLI::Range(1, 65'536));
  engine
      .add_option("--image-cache", llama.image_cache, "Memory for encoded images that may come again (default: 64MiB)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
}

Result<LlamaOptions> llama_options(const EngineOptions& options) {
  if (!options.model.ends_with(".gguf")) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not a model", options.model), {},
                "give the path of a .gguf file, hf:ORG/NAME[:QUANT], the name of a model card (osler models list), "
                "openai:NAME for a model that is served, or replay:FILE");
  }
  LlamaOptions llama = options.llama;
  llama.model = options.model;
  if (llama.parallel > kMostSequences) {
    return fail(ErrorCode::usage, fmt::format("--parallel {} is more than llama.cpp can do", llama.parallel), {},
                fmt::format("give {} or less", kMostSequences));
  }
  return llama;
}

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
  engine
      ->add_option("-c,--context", options.llama.context,
                   "Context in tokens (default: what each prompt and its answer need)")
      ->check(CLI::Range(1, 100'000'000));
  engine->add_option("--n-gpu-layers", options.llama.gpu_layers, "Layers on the GPU, in a CUDA build (default: all)");
  add_batch_options(*engine, options.llama);
  engine
      ->add_option_function<std::int32_t>(
          "--parallel",
          [&options](std::int32_t count) {
            options.parallel = count;
            options.llama.parallel = count;
          },
          "Answers in the making at once: with --batch (default: 24), or at each server (default: 32)")
      ->check(CLI::Range(1, 4096));
  add_context_options(*engine, options.llama);
  add_image_options(*engine, options.llama);
  engine->add_option("--workers", options.workers, "Processes that answer, one per GPU or set of CPUs")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  engine
      ->add_option("--stall-timeout", options.stall_timeout,
                   "Take a worker or server that is silent for so many SECONDS for stuck")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  // For debuggers and sanitizers: what ends llama.cpp then ends the run.
  engine->add_flag("--in-process", options.in_process, "Answer in this process, without workers")->group("");
  engine->add_flag("-v,--verbose", options.verbose, "Let llama.cpp's log through to standard error");
  add_server_options(command, options.server);
}

bool is_recorded(const EngineOptions& options) { return options.model.starts_with(kReplay); }

bool is_served(const EngineOptions& options) { return options.model.starts_with(kServed); }

Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options, const std::stop_token& stop) {
  if (options.model == kReplay) {
    return fail(ErrorCode::usage, "'replay:' names no file", {}, "give recorded responses as replay:FILE");
  }
  if (is_recorded(options)) return open_replay_engine(options.model.substr(kReplay.size()));
  if (is_served(options)) {
    return open_served(options.model.substr(kServed.size()), options.server, options.parallel, options.stall_timeout,
                       options.extra_body, stop);
  }
  return_large_blocks();
  auto llama = llama_options(options);
  if (!llama) return pass(llama);
  WorkerOptions workers;
  workers.llama = std::move(*llama);
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

Result<std::unique_ptr<Planner>> open_planner(const EngineOptions& options, const std::stop_token& stop) {
  if (is_recorded(options)) {
    return fail(ErrorCode::usage, "recorded responses need no plan", {}, "give the path of a .gguf file");
  }
  if (is_served(options)) {
    return fail(ErrorCode::usage, "what a server needs cannot be counted from here", {},
                "give the path of a .gguf file, or try 'osler run --limit 20'");
  }
  auto llama = llama_options(options);
  if (!llama) return pass(llama);
  const bool on_gpus = kCuda && llama->gpu_layers != 0;
  llama->memory_shares = workers_per_memory(options.workers, on_gpus ? visible_gpus().size() : 0);
  set_library_logging(options.verbose);
  Progress progress(llama->model.filename().string());
  auto planner = Planner::open(*llama, [&](float fraction) {
    progress.loading(fraction);
    return !stop.stop_requested();
  });
  progress.finish();
  return planner;
}

}  // namespace osler::cli
