#include "osler/report/comparison.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "osler/stats/clusters.h"

namespace osler::report {
namespace {

std::string p_text(double p) { return p < 0.0001 ? "p < 0.0001" : fmt::format("p = {:.4f}", p); }

Status check_same_items(const RunGrades& first, const RunGrades& second) {
  if (first.row_set_hash != second.row_set_hash) {
    return fail(
        ErrorCode::mismatch,
        fmt::format("{} was asked {} ({}) and {} was asked {} ({})", first.model, first.row_set,
                    first.row_set_hash.substr(0, 12), second.model, second.row_set, second.row_set_hash.substr(0, 12)),
        {}, "compare runs over the same row set");
  }
  if (first.items.size() != second.items.size()) {
    return fail(ErrorCode::mismatch,
                fmt::format("{} answered {} items and {} answered {}", first.model, first.items.size(), second.model,
                            second.items.size()),
                {}, "finish both runs first");
  }
  return {};
}

/// An item, and what became of it in two runs.
struct ItemPair {
  const GradedItem* first = nullptr;  ///< Never null; these two belong to the runs.
  const GradedItem* second = nullptr;
};

/// In the first run's order.
Result<std::vector<ItemPair>> pairs_of(const RunGrades& first, const RunGrades& second) {
  if (auto same = check_same_items(first, second); !same) return pass(same);
  std::unordered_map<std::string_view, const GradedItem*> others;
  for (const GradedItem& item : second.items) others.emplace(item.item_id, &item);
  std::vector<ItemPair> pairs;
  for (const GradedItem& item : first.items) {
    const auto other = others.find(item.item_id);
    if (other == others.end()) {
      return fail(ErrorCode::mismatch, fmt::format("{} has no grade for item '{}'", second.model, item.item_id), {},
                  "finish both runs first");
    }
    pairs.push_back({&item, other->second});
  }
  return pairs;
}

bool is_right(const GradedItem& item) { return item.outcome == Outcome::correct; }

/// Compares the pairs that are wanted; names are filled in by whoever knows them.
Comparison compare_pairs(const std::vector<ItemPair>& pairs, const std::function<bool(const GradedItem&)>& wanted) {
  Comparison result;
  std::vector<double> first_scores;
  std::vector<double> second_scores;
  std::vector<std::string_view> clusters;
  for (const auto& [first, second] : pairs) {
    if (!wanted(*first)) continue;
    first_scores.push_back(first->score());
    second_scores.push_back(second->score());
    clusters.push_back(first->image_cluster);
    ++result.n;
    // A guess counts with its chance in the difference, and is right nowhere.
    result.both += is_right(*first) && is_right(*second) ? 1U : 0U;
    result.only_first += is_right(*first) && !is_right(*second) ? 1U : 0U;
    result.only_second += is_right(*second) && !is_right(*first) ? 1U : 0U;
  }
  for (std::size_t i = 0; i < result.n; ++i) {
    result.first_accuracy += first_scores[i] / static_cast<double>(result.n);
    result.second_accuracy += second_scores[i] / static_cast<double>(result.n);
  }
  const auto partition = stats::partition_by_name(clusters);
  result.difference = stats::paired_difference(first_scores, second_scores, partition.cluster_of, kConfidence);
  result.mcnemar_p = stats::mcnemar_mid_p(result.only_first, result.only_second);
  return result;
}

Comparison named(Comparison comparison, const RunGrades& first, const RunGrades& second, std::string stratum) {
  comparison.first = first.model;
  comparison.second = second.model;
  comparison.benchmark = first.benchmark;
  comparison.stratum = std::move(stratum);
  return comparison;
}

}  // namespace

Result<Comparison> compare(const RunGrades& first, const RunGrades& second, std::optional<Capability> capability) {
  const auto pairs = pairs_of(first, second);
  if (!pairs) return pass(pairs);
  const auto wanted = [&](const GradedItem& item) { return !capability || item.capability == *capability; };
  return named(compare_pairs(*pairs, wanted), first, second, capability ? std::string(name_of(*capability)) : "all");
}

Result<std::vector<Comparison>> compare_strata(const RunGrades& first, const RunGrades& second,
                                               const std::vector<std::string>& by) {
  const auto pairs = pairs_of(first, second);
  if (!pairs) return pass(pairs);
  std::vector<Comparison> found;
  const auto add = [&](std::string stratum, const std::function<bool(const GradedItem&)>& wanted) {
    auto one = named(compare_pairs(*pairs, wanted), first, second, std::move(stratum));
    if (one.stratum == "all" || one.n > 0) found.push_back(std::move(one));
  };
  add("all", [](const GradedItem&) { return true; });
  for (const auto capability : {Capability::understanding, Capability::reasoning}) {
    add(std::string(name_of(capability)), [=](const GradedItem& item) { return item.capability == capability; });
  }
  for (const auto& name : by) {
    std::set<std::string> values;
    for (const GradedItem& item : first.items) values.insert(stratum_value(item, name));
    for (const auto& value : values) {
      add(name + "=" + (value.empty() ? "(none)" : value),
          [&](const GradedItem& item) { return stratum_value(item, name) == value; });
    }
  }
  return found;
}

Result<std::vector<DifferingItem>> differing_items(const RunGrades& first, const RunGrades& second) {
  const auto answer = [](const GradedItem& item) {
    const bool read = is_right(item) || item.outcome == Outcome::wrong;
    return read ? item.answer : fmt::format("({})", name_of(item.outcome));
  };
  const auto pairs = pairs_of(first, second);
  if (!pairs) return pass(pairs);
  std::vector<DifferingItem> found;
  for (const auto& pair : *pairs) {
    if (is_right(*pair.first) == is_right(*pair.second)) continue;
    found.push_back({pair.first->item_id, is_right(*pair.first), answer(*pair.first), answer(*pair.second)});
  }
  return found;
}

std::string sentence(const Comparison& comparison) {
  const std::string counts = fmt::format("{} alone is right on {} of {} items, {} alone on {}; exact McNemar mid-p: {}",
                                         comparison.first, comparison.only_first, comparison.n, comparison.second,
                                         comparison.only_second, p_text(comparison.mcnemar_p));
  if (!comparison.difference) return fmt::format("{}: {}.", comparison.stratum, counts);
  const auto& found = *comparison.difference;
  const bool above = found.difference >= 0;
  const double points = 100 * std::abs(found.difference);
  const double low = 100 * (above ? found.interval.low : -found.interval.high);
  const double high = 100 * (above ? found.interval.high : -found.interval.low);
  return fmt::format("{}: {} is {:.1f} points {} {}, 95% interval [{:.1f}, {:.1f}], {} (t over {} images). {}.",
                     comparison.stratum, comparison.first, points, above ? "above" : "below", comparison.second, low,
                     high, p_text(found.p), found.clusters, counts);
}

}  // namespace osler::report
