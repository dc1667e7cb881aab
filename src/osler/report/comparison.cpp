#include "osler/report/comparison.h"

#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>
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

std::unordered_map<std::string_view, const GradedItem*> items_of(const RunGrades& run) {
  std::unordered_map<std::string_view, const GradedItem*> items;
  for (const GradedItem& item : run.items) items.emplace(item.item_id, &item);
  return items;
}

}  // namespace

Result<Comparison> compare_part(const RunGrades& first, const RunGrades& second, const std::string& stratum,
                                const std::function<bool(const GradedItem&)>& wanted) {
  if (auto same = check_same_items(first, second); !same) return pass(same);
  const auto others = items_of(second);
  Comparison result{.first = first.model, .second = second.model, .benchmark = first.benchmark, .stratum = stratum};
  std::vector<double> first_scores;
  std::vector<double> second_scores;
  std::vector<std::string_view> clusters;
  for (const GradedItem& item : first.items) {
    const auto other = others.find(item.item_id);
    if (other == others.end()) {
      return fail(ErrorCode::mismatch, fmt::format("{} has no grade for item '{}'", second.model, item.item_id), {},
                  "finish both runs first");
    }
    if (!wanted(item)) continue;
    first_scores.push_back(item.score());
    second_scores.push_back(other->second->score());
    clusters.push_back(item.image_cluster);
    ++result.n;
    // A guess counts with its chance in the difference, and is right nowhere.
    const bool a_right = item.outcome == Outcome::correct;
    const bool b_right = other->second->outcome == Outcome::correct;
    result.both += a_right && b_right ? 1 : 0;
    result.only_first += a_right && !b_right ? 1 : 0;
    result.only_second += b_right && !a_right ? 1 : 0;
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

Result<Comparison> compare(const RunGrades& first, const RunGrades& second, std::optional<Capability> capability) {
  return compare_part(first, second, capability ? std::string(name_of(*capability)) : "all",
                      [&](const GradedItem& item) { return !capability || item.capability == *capability; });
}

Result<std::vector<Comparison>> compare_strata(const RunGrades& first, const RunGrades& second,
                                               const std::vector<std::string>& by) {
  std::vector<Comparison> found;
  const auto add = [&](const std::string& stratum, const std::function<bool(const GradedItem&)>& wanted) -> Status {
    auto one = compare_part(first, second, stratum, wanted);
    if (!one) return pass(one);
    if (stratum == "all" || one->n > 0) found.push_back(std::move(*one));
    return {};
  };
  if (auto status = add("all", [](const GradedItem&) { return true; }); !status) return pass(status);
  for (const auto capability : {Capability::understanding, Capability::reasoning}) {
    const auto wanted = [capability](const GradedItem& item) { return item.capability == capability; };
    if (auto status = add(std::string(name_of(capability)), wanted); !status) return pass(status);
  }
  for (const auto& name : by) {
    std::set<std::string> values;
    for (const GradedItem& item : first.items) values.insert(stratum_value(item, name));
    for (const auto& value : values) {
      const auto wanted = [&](const GradedItem& item) { return stratum_value(item, name) == value; };
      if (auto status = add(name + "=" + (value.empty() ? "(none)" : value), wanted); !status) return pass(status);
    }
  }
  return found;
}

std::vector<DifferingItem> differing_items(const RunGrades& first, const RunGrades& second) {
  const auto answer = [](const GradedItem& item) {
    const bool read = item.outcome == Outcome::correct || item.outcome == Outcome::wrong;
    return read ? item.answer : fmt::format("({})", name_of(item.outcome));
  };
  const auto others = items_of(second);
  std::vector<DifferingItem> found;
  for (const GradedItem& item : first.items) {
    const auto other = others.find(item.item_id);
    if (other == others.end()) continue;
    const bool right = item.outcome == Outcome::correct;
    if (right == (other->second->outcome == Outcome::correct)) continue;
    found.push_back({item.item_id, right, answer(item), answer(*other->second)});
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
