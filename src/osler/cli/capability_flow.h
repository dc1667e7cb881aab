#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "osler/capability/evaluation.h"
#include "osler/capability/sparse_rows.h"
#include "osler/cli/embed_flow.h"
#include "osler/core/error.h"
#include "osler/dataset/loader.h"

namespace osler::cli {

/// Which items, and what describes them.
struct CapabilityOptions : EmbedOptions {
  std::string benchmark;
  std::string data;
  RowSetRequest rows;
  std::string embedding = "text";
  std::string embedding_identity;  ///< Of a file's vectors.
  std::uint64_t seed = 1;
  bool json = false;
};

/// --benchmark, --data, --split, --form.
void add_item_options(CLI::App& command, CapabilityOptions& options);
/// --embedding and what belongs to it.
void add_embedding_options(CLI::App& command, CapabilityOptions& options);

/// The items of the one row set that the options name.
[[nodiscard]] Result<RowSet> load_items(const CapabilityOptions& options);

/// Features of the items, by --embedding: text, file:PATH, or a model. Items without a vector are said on standard
/// error.
[[nodiscard]] Result<capability::Features> features_for(const CapabilityOptions& options, const RowSet& rows);

/// Loads, describes and evaluates.
struct Evaluated {
  RowSet rows;
  capability::TrainingSet set;
  capability::Evaluation evaluation;
};
[[nodiscard]] Result<Evaluated> evaluate_on(const CapabilityOptions& options);

/// The evaluation as a table for people.
[[nodiscard]] std::string evaluation_text(const Evaluated& evaluated);

}  // namespace osler::cli
