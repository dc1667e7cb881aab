#pragma once

#include <memory>
#include <string>
#include <vector>

#include "osler/core/embedding_recipe.h"
#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/embedder.h"
#include "osler/engine/llama/chat_template.h"
#include "osler/engine/llama/prepared_prompt.h"

namespace osler {

using Pictures = std::vector<std::shared_ptr<const Image>>;

/// Of an item's pictures those that the recipe shows, in their first size.
[[nodiscard]] Pictures shown_pictures(Pictures pictures, const EmbeddingRecipe& recipe);

/// The request as messages: the instruction (the recipe's where it has none of its own) as the system's, and the
/// pictures and then the text as the user's.
[[nodiscard]] Request embedding_turn(EmbeddingRequest request, const EmbeddingRecipe& recipe);

/// The text of EmbeddingRecipe::prompt with such messages in it: what came with the item is only text, whatever it
/// reads like. Precondition: `prompt` was made by embedding_turn().
[[nodiscard]] std::vector<RenderedPiece> embedding_pieces(const std::string& recipe_prompt, const Prompt& prompt);

/// Cuts the end of the prompt off, so that `most` tokens stay; ErrorCode::limit where that would cut an image.
[[nodiscard]] Status cut_to(PreparedPrompt& prompt, std::size_t most);

}  // namespace osler
