#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/stats/agreement.h"

namespace osler::capability {

struct Label {
  Capability capability = Capability::unlabeled;
  std::optional<double> probability;  ///< That the item is reasoning; none for labels that people gave.
  std::string source;                 ///< "gold", "human", or "classifier HASH".
};

/// Labels of a benchmark, and how far those of the classifier are to be trusted.
struct Labels {
  std::string row_set;
  std::string row_set_hash;
  std::string classifier_hash;
  std::string embedding;
  std::string trained_on;
  bool no_better_than_majority = false;
  stats::Confusion cross_validated;       ///< On what it was trained on.
  std::optional<stats::Confusion> human;  ///< On this benchmark, where people labelled some; positive is reasoning.
  std::vector<std::string> item_ids;
  std::vector<Label> labels;  ///< Of each.
};

/// Writes FILE.parquet (item_id, capability, capability_probability, capability_source) and, beside it, FILE.json.
[[nodiscard]] Status write_labels(const std::filesystem::path& parquet, const Labels& labels);

/// Reads both. Errors: either is missing or broken, an id twice, a capability that is none.
[[nodiscard]] Result<Labels> read_labels(const std::filesystem::path& parquet);

/// What a person said of an item.
struct HumanLabel {
  Capability capability = Capability::unlabeled;
  double weight = 1.0;  ///< How many items of the benchmark it stands for, where items were drawn by strata.
};

/// Reads a CSV file with columns item and label and, perhaps, weight; rows without a label are passed over.
/// Errors: a column is missing, a label that is none, an item twice, a weight that is no positive number.
[[nodiscard]] Result<std::unordered_map<std::string, HumanLabel>> read_human_labels(const std::filesystem::path& file);

/// How predictions and people agree, each item counted by its weight, scaled to the number of items that people saw, so
/// that intervals are not those of items that nobody saw.
[[nodiscard]] stats::Confusion human_confusion(const std::unordered_map<std::string, HumanLabel>& human,
                                               const Labels& predicted);

/// An item that a person is asked to label.
struct Drawn {
  std::size_t index = 0;  ///< Into Labels::item_ids.
  std::size_t stratum = 0;
  double weight = 1.0;  ///< Items of the stratum over items drawn from it.
};

/// Draws `n` of the items that the classifier labelled, by strata: the predicted label, each in thirds by probability.
/// Strata share the n equally as far as they last. The same for the same seed.
[[nodiscard]] std::vector<Drawn> draw_sample(const Labels& labels, std::size_t n, std::uint64_t seed);

}  // namespace osler::capability
