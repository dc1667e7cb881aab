#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "osler/cli/cache_options.h"
#include "osler/cli/engines.h"
#include "osler/core/embedding_recipe.h"
#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/engine/embedder.h"

namespace osler::cli {

/// What the options of a command say about the model that embeds.
struct EmbedOptions : EngineOptions {
  CacheOptions cache;       ///< Of vectors.
  std::string card;         ///< Of --card; empty: the one for the model's name.
  std::string instruction;  ///< Empty: the model card's.
  std::uint64_t max_megapixels = 100;
};

/// Declares them, all but the model: every command has words of its own for that.
void add_embed_options(CLI::App& command, EmbedOptions& options);

/// Vectors of items, in the items' order.
struct EmbeddedItems {
  std::string identity;  ///< Of the embedder: vectors of equal identity can be compared, others cannot.
  std::size_t dimensions = 0;
  std::vector<std::string> item_ids;  ///< Of those that have a vector.
  std::vector<float> values;          ///< Row by row, `dimensions` numbers each, of length 1 (L2).
  std::vector<std::pair<std::string, std::string>> errors;  ///< Items without a vector, and why.
  std::uint64_t cached = 0;                                 ///< Vectors that were not made now.
};

/// An item as an embedder reads it: the question and, on lines of their own, the options as "A. text".
[[nodiscard]] std::string embedding_text(const Item& item);

/// Finds the model and its card, opens what embeds with it, and puts the cache of vectors in front.
[[nodiscard]] Result<std::unique_ptr<Embedder>> open_embedder(EmbedOptions options, const std::stop_token& stop);

/// Embeds items, those on the same pictures one after another, with progress on standard error. What goes wrong with an
/// item is among the errors; that none could be embedded is a failure.
[[nodiscard]] Result<EmbeddedItems> embed_items(Embedder& embedder, const std::vector<Item>& items,
                                                const EmbedOptions& options, const std::stop_token& stop);

}  // namespace osler::cli
