#include "osler/report/comparison.h"

#include <fmt/format.h>

#include <cmath>
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

}  // namespace

Result<Comparison> compare(const RunGrades& first, const RunGrades& second, std::optional<Capability> capability) {
  if (auto same = check_same_items(first, second); !same) return pass(same);
  std::unordered_map<std::string_view, const GradedItem*> others;
  for (const GradedItem& item : second.items) others.emplace(item.item_id, &item);

  Comparison result;
  result.first = first.model;
  result.second = second.model;
  result.stratum = capability ? name_of(*capability) : "all";
  std::vector<double> first_scores;
  std::vector<double> second_scores;
  std::vector<std::string_view> clusters;
  for (const GradedItem& item : first.items) {
    const auto other = others.find(item.item_id);
    if (other == others.end()) {
      return fail(ErrorCode::mismatch, fmt::format("{} has no grade for item '{}'", second.model, item.item_id), {},
                  "finish both runs first");
    }
    if (capability && item.capability != *capability) continue;
    const double a = item.score();
    const double b = other->second->score();
    first_scores.push_back(a);
    second_scores.push_back(b);
    clusters.push_back(item.image_cluster);
    ++result.n;
    // A guess counts with its chance in the difference, and is right nowhere.
    const bool a_right = item.outcome == Outcome::correct;
    const bool b_right = other->second->outcome == Outcome::correct;
    result.both += a_right && b_right ? 1 : 0;
    result.only_first += a_right && !b_right ? 1 : 0;
    result.only_second += b_right && !a_right ? 1 : 0;
  }
  const auto partition = stats::partition_by_name(clusters);
  result.difference = stats::paired_difference(first_scores, second_scores, partition.cluster_of, kConfidence);
  result.mcnemar_p = stats::mcnemar_mid_p(result.only_first, result.only_second);
  return result;
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
