#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/capability/evaluation.h"
#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/stats/label_errors.h"

namespace osler::capability {

/// Who says what an item tests, strongest first.
enum class LabelSource {
  gold,        ///< The benchmark.
  human,       ///< A person, of this benchmark.
  classifier,  ///< A classifier that learned from another benchmark.
};
[[nodiscard]] std::string_view name_of(LabelSource source);

/// What is known of one item's capability.
struct ItemLabel {
  std::string id = {};
  Capability capability = Capability::unlabeled;  ///< Unlabeled where there were no features to classify.
  LabelSource source = LabelSource::classifier;
  std::optional<double> probability = {};  ///< Of reasoning, as the classifier has it; whatever the source.
  std::optional<bool> predicted = {};      ///< Whether the classifier says reasoning.
  std::string text_hash = {};              ///< text_hash() of the item.
};

/// How far the classifier's labels are to be believed.
struct LabelQuality {
  stats::LabelErrors errors = {};  ///< "Positive" is reasoning.
  Measure balanced_accuracy = {};
  std::optional<Measure> auroc = {};
  std::string measured_on = {};  ///< "nested cross-validation on medxpertqa-mm:test (hf), 2000 items", "240 human ...".

  /// Then a split by these labels says nothing.
  [[nodiscard]] bool no_better_than_majority() const;
};

/// The labels of a row set.
struct LabelSet {
  std::string benchmark = {};  ///< As tables call it: "slake", "vqa-rad/closed".
  std::string row_set = {};
  std::string row_set_hash = {};
  std::string classifier = {};  ///< Hash of its file.
  std::string embedding = {};   ///< What it reads.
  std::string trained_on = {};
  LabelQuality quality = {};
  std::vector<ItemLabel> items = {};
};

/// Labels by id, for a join.
using LabelsById = std::unordered_map<std::string_view, const ItemLabel*>;
[[nodiscard]] LabelsById by_id(const LabelSet& labels);

/// The first 16 digits of a SHA-256 over question and options: labels belong to what was asked, wherever it lies.
[[nodiscard]] std::string text_hash(const Item& item);

/// As grades name it: "gold", "human", "classifier 0a1b2c3d".
[[nodiscard]] std::string source_text(LabelSource source, const LabelSet& labels);

/// The file of a row set's labels in a folder: "vqa-rad.closed.parquet".
[[nodiscard]] std::string labels_file_name(std::string_view benchmark);

/// Writes FILE.parquet, a row for each item, and beside it FILE.json with everything else; each in one step.
[[nodiscard]] Status write_labels(const std::filesystem::path& parquet, const LabelSet& labels);

/// Reads both. Files that do not belong together, shares outside of 0 to 1, names that are not known and ids that come
/// twice are errors.
[[nodiscard]] Result<LabelSet> read_labels(const std::filesystem::path& parquet);

/// What stands beside the items, without these.
[[nodiscard]] Result<LabelSet> read_label_facts(const std::filesystem::path& parquet);

/// Fails with ErrorCode::mismatch, naming the item, where labels were made of another text than that of these items.
/// Items without a label pass.
[[nodiscard]] Status check_texts(const LabelSet& labels, std::span<const Item> items);

}  // namespace osler::capability
