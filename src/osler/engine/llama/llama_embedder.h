#pragma once

#include <functional>
#include <memory>

#include "osler/core/embedding_recipe.h"
#include "osler/core/error.h"
#include "osler/engine/embedder.h"
#include "osler/engine/llama/llama_engine.h"

namespace osler {

/// Loads a model into this process that makes a vector of each item. A model without a projector sees the texts only;
/// its identity says so. Items on the same pictures had better follow one another: their beginning is evaluated once
/// (unless Sharing::none), and the numbers are those of an empty context. `progress` as for open_llama_engine(). Errors
/// name the file at fault; ErrorCode::unsupported for an encoder (as BERT), which a server can run.
[[nodiscard]] Result<std::unique_ptr<Embedder>> open_llama_embedder(const LlamaOptions& options,
                                                                    const EmbeddingRecipe& recipe,
                                                                    const std::function<bool(float)>& progress = {});

}  // namespace osler
