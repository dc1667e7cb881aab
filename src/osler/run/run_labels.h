#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/capability/labels.h"
#include "osler/core/error.h"
#include "osler/core/item.h"

namespace osler {

/// In a run's folder: the capability labels of its items, with capability.json beside it.
inline constexpr std::string_view kRunLabelsFile = "capability.parquet";

/// Keeps the labels of a run's items in its folder, so that grading again finds them. Ids of a control that moves the
/// options on ("ID@2") have the label of their item.
[[nodiscard]] Status record_labels(const std::filesystem::path& folder, capability::LabelSet labels,
                                   std::span<const Item> items);

/// The labels that a folder keeps; nothing where there are none.
[[nodiscard]] Result<std::optional<capability::LabelSet>> recorded_labels(const std::filesystem::path& folder);

/// What is known of them beside the items.
[[nodiscard]] Result<std::optional<capability::LabelSet>> recorded_label_facts(const std::filesystem::path& folder);

/// Gives items without a gold capability that of their label; for filters, not for what is recorded of an item.
void apply_labels(const capability::LabelSet& labels, std::vector<Item>& items);

/// An item's capability, as grades have it.
struct GradedCapability {
  Capability capability = Capability::unlabeled;
  std::string source = "none";             ///< "gold", "human", "classifier 0a1b2c3d", "none".
  std::optional<double> probability = {};  ///< Of reasoning, by the classifier.
  std::optional<bool> predicted = {};      ///< Whether the classifier says reasoning, whoever's label counts.

  bool operator==(const GradedCapability&) const = default;
};

/// Joins items with labels: what the benchmark says counts, then what a label says.
class CapabilityJoin {
 public:
  /// The labels must outlive this; none: only what the items say.
  explicit CapabilityJoin(const std::optional<capability::LabelSet>& labels);
  [[nodiscard]] GradedCapability of(const Item& item) const;

 private:
  const capability::LabelSet* labels_ = nullptr;
  capability::LabelsById by_id_;
};

/// Whether grades and reports would be the same by either labels.
[[nodiscard]] bool say_the_same(const std::optional<capability::LabelSet>& a,
                                const std::optional<capability::LabelSet>& b, std::span<const Item> items);

}  // namespace osler
