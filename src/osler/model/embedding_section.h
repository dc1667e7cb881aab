#pragma once

#include "osler/core/embedding_recipe.h"
#include "osler/storage/yaml.h"

namespace osler {

/// The mapping `embedding` of a model card; what is wrong with it is a fault of the card.
[[nodiscard]] EmbeddingRecipe parse_embedding(YamlMap map);

}  // namespace osler
