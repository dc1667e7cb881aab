#include "osler/engine/llama/llama_engine.h"

#include <algorithm>
#include <atomic>

#include "osler/engine/llama/batched.h"
#include "osler/engine/llama/context_settings.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/llama_facts.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/prepared_requests.h"
#include "osler/engine/llama/vision_model.h"

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
  auto facts = llama_facts(**model, options, *settings, progress);
  if (!facts) return pass(facts);
  return std::unique_ptr<Engine>(
      std::make_unique<LlamaEngine>(std::move(*model), std::move(*facts), *settings, options));
}

}  // namespace osler
