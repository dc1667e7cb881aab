#pragma once

#include <functional>

#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// What a manifest says about a model in this process. Fails where a file cannot be read; `progress` is called as by
/// open_llama_engine().
[[nodiscard]] Result<EngineFacts> llama_facts(const VisionModel& model, const LlamaOptions& options,
                                              const ContextSettings& settings,
                                              const std::function<bool(float)>& progress);

}  // namespace osler
