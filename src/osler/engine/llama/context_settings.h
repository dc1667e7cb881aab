#pragma once

#include "osler/core/error.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {

/// How the options want contexts of this model to be. Fails with ErrorCode::usage where they contradict each other.
[[nodiscard]] Result<ContextSettings> settings_for(const VisionModel& model, const LlamaOptions& options);

}  // namespace osler
