#pragma once

#include <CLI/CLI.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/capability/features.h"
#include "osler/capability/training.h"
#include "osler/cli/embed_flow.h"
#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/dataset/loader.h"

namespace osler::cli {

/// Which items a subcommand of `osler capability` is about.
struct CapabilityItems {
  std::string benchmark;
  std::string data;
  RowSetRequest rows;
};
void add_capability_items(CLI::App& command, CapabilityItems& options);
[[nodiscard]] Result<RowSet> load_capability_items(const CapabilityItems& options);

/// What a classifier sees of items.
struct FeatureOptions : EmbedOptions {
  std::string embedding = "text";  ///< text, file:PATH, or a model.
};
void add_feature_options(CLI::App& command, FeatureOptions& options);

/// Features of those items that have some, in the items' order. What is missing is said on standard error; that none
/// has any is a failure. The ids are those of the rows.
[[nodiscard]] Result<capability::Features> features_for(const std::vector<Item>& items, const FeatureOptions& options,
                                                        const std::stop_token& stop);

/// The items with a gold capability and their features, as a classifier learns from them. The data points into the
/// features; a benchmark without labels is a failure.
struct LabelledFeatures {
  std::vector<Item> items;
  capability::Features features;
  std::vector<std::uint8_t> truth;
  capability::Groups groups;

  [[nodiscard]] capability::TrainingData data() const { return {&features, truth, groups}; }
};
[[nodiscard]] Result<LabelledFeatures> labelled_features(const RowSet& rows, const FeatureOptions& options,
                                                         capability::GroupBy group_by, const std::stop_token& stop);

/// Declares --folds and --seed.
void add_training_options(CLI::App& command, capability::TrainingOptions& options);

}  // namespace osler::cli
