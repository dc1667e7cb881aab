#include "osler/engine/llama/llama_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "osler/core/machine.h"
#include "osler/core/version.h"
#include "osler/engine/llama/batched.h"
#include "osler/engine/llama/context_settings.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/kv_memory.h"
#include "osler/engine/llama/model_parts.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/prepared_requests.h"
#include "osler/engine/llama/vision_model.h"
#include "osler/storage/file_hash.h"

namespace osler {
namespace {

/// Requests that are prepared before they are needed: one is on its way while another waits.
constexpr std::size_t kAhead = 4;

class LlamaEngine : public Engine {
 public:
  LlamaEngine(std::unique_ptr<VisionModel> model, EngineFacts facts, const ContextSettings& settings,
              const LlamaOptions& options)
      : model_(std::move(model)),
        facts_(std::move(facts)),
        preparer_(*model_),
        encoder_(*model_, options.sharing == Sharing::none ? 0 : options.image_cache),
        one_by_one_(*model_, preparer_, encoder_, exact(settings), abort_, options.sharing != Sharing::none) {
    if (settings.is_batched) {
      batched_.emplace(*model_, preparer_, encoder_, settings, abort_, static_cast<std::size_t>(options.parallel));
    }
  }

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }

  void on_activity(const std::function<void()>& tell) override {
    encoder_.on_activity(tell);
    one_by_one_.on_activity(tell);
    if (batched_) batched_->on_activity(tell);
  }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    abort_ = false;
    const std::stop_callback on_stop(stop, [this] { abort_ = true; });
    PreparedRequests requests(source, preparer_, kAhead, stop);
    auto status = batched_ ? batched_->answer(requests, sink, one_by_one_) : answer_in_turn(requests, sink);
    if (status && !stop.stop_requested()) return status;
    // What was half done is not to be built upon.
    one_by_one_.forget_all();
    if (batched_) batched_->forget_all();
    if (stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
    return status;
  }

 private:
  /// For what must be answered by itself: without flash attention the number of threads does not matter. Quantized
  /// numbers in the context need it.
  static ContextSettings exact(ContextSettings settings) {
    const bool needs_it = ggml_is_quantized(settings.kv_type);
    settings.flash_attention = settings.flash_attention && (needs_it || !settings.is_batched);
    return settings;
  }

  Status answer_in_turn(PreparedRequests& requests, ResponseSink& sink) {
    while (const auto request = requests.take()) {
      auto response = one_by_one_.answer(*request);
      if (!response) return pass(response);
      if (auto status = sink.accept(std::move(*response)); !status) return status;
    }
    return {};
  }

  std::atomic<bool> abort_{false};  ///< While set, a decode under way returns early.
  std::unique_ptr<VisionModel> model_;
  EngineFacts facts_;
  PromptPreparer preparer_;
  ImageEncoder encoder_;
  OneByOne one_by_one_;
  std::optional<Batched> batched_;
};

std::string_view on_or_off(bool on) { return on ? "on" : "off"; }

std::string batching(const LlamaOptions& options, const ContextSettings& settings) {
  // Sharing changes no number, so runs with and without it are one.
  if (!settings.is_batched) return "one by one";
  return fmt::format("batched, up to {}", options.parallel);
}

std::string image_sizes(const VisionModel& model, const LlamaOptions& options) {
  const ImageSizeRule& rule = model.image_size_rule();
  if (rule.factor > 0) {
    return fmt::format("multiples of {}, {} to {} pixels", rule.factor, rule.min_pixels, rule.max_pixels);
  }
  const auto side = [](std::int32_t limit) { return limit > 0 ? std::to_string(limit) : std::string("default"); };
  return fmt::format("llama.cpp's, {} to {} tokens", side(options.image_min_tokens), side(options.image_max_tokens));
}

Result<EngineFacts> describe(const VisionModel& model, const LlamaOptions& options, const ContextSettings& settings,
                             const std::function<bool(float)>& progress) {
  // Reading many gigabytes takes its time: who waits for signs of life gets them.
  const auto tell = [&progress](std::uint64_t, std::uint64_t) {
    if (progress) progress(1.0F);
  };
  const auto model_hash = model_sha256(model.files().model, tell);
  if (!model_hash) return pass(model_hash);
  const auto projector_hash = cached_sha256_of_file(model.files().projector, tell);
  if (!projector_hash) return pass(projector_hash);
  EngineFacts facts;
  facts.kind = "llama";
  facts.model = model_name(model.files().model);
  facts.identity = {{"model_sha256", *model_hash},
                    {"mmproj_sha256", *projector_hash},
                    {"chat_template_sha256", model.template_hash()},
                    {"llama_cpp", fmt::format("{} ({})", kLlamaRelease, kLlamaCommit)},
                    {"context", options.context > 0 ? std::to_string(options.context) : "as needed"},
                    {"flash_attention", std::string(on_or_off(settings.flash_attention))},
                    {"kv_type", ggml_type_name(settings.kv_type)},
                    {"micro_batch", std::to_string(settings.micro_batch)},
                    {"repack", std::string(on_or_off(!options.deterministic))},
                    {"image_sizes", image_sizes(model, options)},
                    {"device", kCuda && options.gpu_layers != 0 ? "GPU" : "CPU"},
                    {"batching", batching(options, settings)}};
  facts.details = {{"model_path", model.files().model.string()},
                   {"mmproj_path", model.files().projector.string()},
                   {"model_description", model.description()},
                   {"model_bytes", std::to_string(model.files().model_facts.bytes)},
                   {"mmproj_bytes", std::to_string(model.files().projector_facts.bytes)},
                   {"threads", std::to_string(model.threads())},
                   {"gpu_layers", options.gpu_layers < 0 ? "all" : std::to_string(options.gpu_layers)},
                   {"images_shared", std::string(on_or_off(options.sharing != Sharing::none && model.can_share()))},
                   {"kv_bytes_per_token", std::to_string(kv_bytes_per_token(model, settings.kv_type))},
                   {"context_limit", std::to_string(settings.most_cells)},
                   {"kv_budget", std::to_string(settings.most_cells * kv_bytes_per_token(model, settings.kv_type))},
                   {"cpu", cpu_name()},
                   {"system_info", llama_system_info()}};
  return facts;
}

}  // namespace

std::string llama_system_info() {
  llama_backend_init();
  return llama_print_system_info();
}

Result<std::unique_ptr<Engine>> open_llama_engine(const LlamaOptions& options,
                                                  const std::function<bool(float)>& progress) {
  if (options.deterministic && options.sharing == Sharing::batched) {
    return fail(ErrorCode::usage, "answers of a batch depend on its shape, so they are not deterministic", {},
                "leave out --batch or --deterministic");
  }
  auto model = VisionModel::load(options, progress);
  if (!model) return pass(model);
  const auto settings = settings_for(**model, options);
  if (!settings) return pass(settings);
  auto facts = describe(**model, options, *settings, progress);
  if (!facts) return pass(facts);
  return std::unique_ptr<Engine>(
      std::make_unique<LlamaEngine>(std::move(*model), std::move(*facts), *settings, options));
}

}  // namespace osler
