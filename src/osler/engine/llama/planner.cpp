#include "osler/engine/llama/planner.h"

#include <atomic>
#include <utility>

#include "osler/core/machine.h"
#include "osler/core/version.h"
#include "osler/engine/llama/context_settings.h"
#include "osler/engine/llama/gguf_head.h"
#include "osler/engine/llama/kv_memory.h"
#include "osler/engine/llama/model_parts.h"
#include "osler/engine/llama/plan_counter.h"
#include "osler/engine/llama/plan_measure.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

struct Planner::State {
  State(std::unique_ptr<VisionModel> loaded, const ContextSettings& settings, const LlamaOptions& options)
      : model(std::move(loaded)),
        name(model_name(model->files().model)),
        preparer(*model),
        no_encoder(*model, 0),
        no_context(*model, no_encoder, settings, abort),
        counter(*model, preparer, no_context, options),
        measure(*model, preparer, settings, options, abort) {}

  std::atomic<bool> abort{false};
  std::unique_ptr<VisionModel> model;
  std::string name;
  PlanMemory memory;
  bool gains_from_bf16 = false;
  PromptPreparer preparer;
  ImageEncoder no_encoder;
  Evaluator no_context;  ///< Only asked what would fit into one.
  PlanCounter counter;
  PlanMeasure measure;
};

namespace {

PlanMemory memory_of(const VisionModel& model, const ContextSettings& settings) {
  PlanMemory memory;
  memory.model_bytes = model.files().model_facts.bytes;
  memory.projector_bytes = model.files().projector_facts.bytes;
  memory.kv_bytes_per_token = kv_bytes_per_token(model, settings.kv_type);
  memory.context_limit = settings.fixed_cells > 0 ? settings.fixed_cells : settings.most_cells;
  memory.trained_context = model.trained_context();
  memory.embedding_bytes_per_token = model.embedding_width() * sizeof(float);
  return memory;
}

bool gains_from_bf16(const VisionModel& model, const LlamaOptions& options) {
  if ((kCuda && options.gpu_layers != 0) || !cpu_has("avx512_bf16")) return false;
  const auto head = GgufHead::open(model.files().projector);
  return head && head->main_type() == GGML_TYPE_F16;
}

}  // namespace

Planner::Planner(std::unique_ptr<State> state) : state_(std::move(state)) {}
Planner::~Planner() = default;

Result<std::unique_ptr<Planner>> Planner::open(const LlamaOptions& options,
                                               const std::function<bool(float)>& progress) {
  const std::uint64_t available = memory_for_context(kCuda && options.gpu_layers != 0);
  auto model = VisionModel::load(options, progress);
  if (!model) return pass(model);
  const auto settings = settings_for(**model, options);
  if (!settings) return pass(settings);
  auto state = std::make_unique<State>(std::move(*model), *settings, options);
  state->memory = memory_of(*state->model, *settings);
  state->memory.available = available;
  state->gains_from_bf16 = gains_from_bf16(*state->model, options);
  return std::unique_ptr<Planner>(new Planner(std::move(state)));
}

const std::string& Planner::model() const { return state_->name; }

const PlanMemory& Planner::memory() const { return state_->memory; }

bool Planner::would_gain_from_bf16() const { return state_->gains_from_bf16; }

Result<std::uint64_t> Planner::count(const Request& request) { return state_->counter.add(request); }

std::vector<PlannedPrompt> Planner::take_prompts() { return state_->counter.take_prompts(); }

PlanCounts Planner::take_counts() { return state_->counter.take(); }

Result<PlanSample> Planner::measure(const Request& request, const MeasureLimits& limits, const std::stop_token& stop) {
  state_->abort = false;
  const std::stop_callback on_stop(stop, [this] { state_->abort = true; });
  return state_->measure.measure(request, limits);
}

}  // namespace osler
