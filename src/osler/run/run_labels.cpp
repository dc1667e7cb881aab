#include "osler/run/run_labels.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "osler/core/option_order.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// The item that an id of a control stands for.
std::string_view original_id(std::string_view id) {
  const auto shifted = shifted_from(id);
  return shifted ? shifted->item : id;
}

const capability::ItemLabel* find(const capability::LabelsById& labels, const Item& item) {
  auto found = labels.find(item.id);
  if (found == labels.end()) found = labels.find(original_id(item.id));
  return found == labels.end() ? nullptr : found->second;
}

}  // namespace

Status record_labels(const fs::path& folder, capability::LabelSet labels, std::span<const Item> items) {
  std::unordered_set<std::string_view> wanted;
  for (const auto& item : items) {
    wanted.insert(item.id);
    wanted.insert(original_id(item.id));
  }
  std::erase_if(labels.items, [&](const capability::ItemLabel& label) { return !wanted.contains(label.id); });
  return capability::write_labels(folder / kRunLabelsFile, labels);
}

Result<std::optional<capability::LabelSet>> recorded_labels(const fs::path& folder) {
  std::error_code problem;
  if (!fs::exists(folder / kRunLabelsFile, problem)) return std::nullopt;
  auto labels = capability::read_labels(folder / kRunLabelsFile);
  if (!labels) return pass(labels);
  return std::optional(std::move(*labels));
}

Result<std::optional<capability::LabelSet>> recorded_label_facts(const fs::path& folder) {
  std::error_code problem;
  if (!fs::exists(folder / kRunLabelsFile, problem)) return std::nullopt;
  auto labels = capability::read_label_facts(folder / kRunLabelsFile);
  if (!labels) return pass(labels);
  return std::optional(std::move(*labels));
}

void apply_labels(const capability::LabelSet& labels, std::vector<Item>& items) {
  const auto by_id = capability::by_id(labels);
  for (auto& item : items) {
    if (item.capability != Capability::unlabeled) continue;
    if (const auto* label = find(by_id, item)) item.capability = label->capability;
  }
}

CapabilityJoin::CapabilityJoin(const std::optional<capability::LabelSet>& labels) {
  if (!labels) return;
  labels_ = &*labels;
  by_id_ = capability::by_id(*labels);
}

GradedCapability CapabilityJoin::of(const Item& item) const {
  if (item.capability != Capability::unlabeled) return {item.capability, "gold", {}, {}};
  const auto* label = labels_ == nullptr ? nullptr : find(by_id_, item);
  if (label == nullptr || label->capability == Capability::unlabeled) return {};
  return {label->capability, capability::source_text(label->source, *labels_), label->probability, label->predicted};
}

bool say_the_same(const std::optional<capability::LabelSet>& a, const std::optional<capability::LabelSet>& b,
                  std::span<const Item> items) {
  if (!a || !b) return a.has_value() == b.has_value();
  const auto& first = a->quality;
  const auto& second = b->quality;
  if (first.errors != second.errors || first.measured_on != second.measured_on ||
      first.no_better_than_majority() != second.no_better_than_majority()) {
    return false;
  }
  const CapabilityJoin by_a(a);
  const CapabilityJoin by_b(b);
  return std::ranges::all_of(items, [&](const Item& item) { return by_a.of(item) == by_b.of(item); });
}

}  // namespace osler
