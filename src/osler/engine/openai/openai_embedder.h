#pragma once

#include <memory>
#include <stop_token>

#include "osler/core/embedding_recipe.h"
#include "osler/core/error.h"
#include "osler/engine/embedder.h"
#include "osler/engine/openai/openai_engine.h"

namespace osler {

/// Opens an embedder that asks servers at /v1/embeddings (vLLM, SGLang, llama-server, Ollama and their like). Texts
/// travel in batches, as they are: prompt and pooling are the server's. Pictures travel to vLLM alone, which takes a
/// conversation there and puts it into the model's chat template; other servers get texts, and the identity says so. Of
/// the recipe the instruction, the number of pictures and the dimensions are used. Errors as open_openai_engine().
[[nodiscard]] Result<std::unique_ptr<Embedder>> open_openai_embedder(const OpenAiOptions& options,
                                                                     const EmbeddingRecipe& recipe,
                                                                     const std::stop_token& stop = {});

}  // namespace osler
