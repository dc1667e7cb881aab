#include "osler/report/study/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "osler/core/glob.h"
#include "osler/report/study/cell.h"

namespace osler::report {
namespace {

bool is_about(const stats::PolicyRule& rule, const std::string& benchmark) {
  return rule.benchmarks.empty() ||
         std::ranges::any_of(rule.benchmarks, [&](const auto& pattern) { return glob_matches(benchmark, pattern); });
}

/// In per cent, as far as the number needs: "90", "71.2".
std::string threshold_text(double share) { return fmt::format("{:g}%", 100.0 * share); }

enum class Side { at_least, at_most };

/// In per cent with one decimal, or as many as it takes to stand on its own side of the threshold: a lower bound of
/// 89.96% does not miss 90% as "90.0%", nor does an upper one of 5.04% exceed 5% as "5.0%".
std::string bound_beside(double bound, Side side, double threshold) {
  constexpr int kMostDecimals = 9;
  constexpr double kEdge = 1e-10;
  const double sign = side == Side::at_least ? 1.0 : -1.0;
  const bool met = sign * (bound - threshold) >= 0.0;
  int decimals = 1;
  for (double scale = 1e3; decimals < kMostDecimals; ++decimals, scale *= 10.0) {
    const bool reads_as_met = sign * (std::round(bound * scale) / scale - threshold) >= -kEdge;
    if (reads_as_met == met) break;
  }
  return fmt::format("{:.{}f}%", 100.0 * bound, decimals);
}

void judge_accuracy(PolicyResult& result, const stats::PolicyRule& rule, const CellFigures& figures) {
  result.estimate = figures.accuracy.value;
  result.bound =
      stats::lower_bound(figures.accuracy.value, figures.accuracy.standard_error, figures.clusters, rule.confidence);
  result.met = *result.bound >= rule.at_least;
  result.sentence = fmt::format("lower bound {} {} {}: {}", bound_beside(*result.bound, Side::at_least, rule.at_least),
                                result.met ? "≥" : "<", threshold_text(rule.at_least), result.met ? "met" : "not met");
}

void judge_coverage(PolicyResult& result, const stats::PolicyRule& rule, const StudyItems& items, const StudyCell& cell,
                    const std::vector<std::size_t>& members) {
  std::vector<double> sure;
  std::vector<double> correct;
  std::vector<std::size_t> clusters;
  for (const std::size_t i : members) {
    // An item without an answer is one on which the model passes.
    if (cell.answers.probability[i] < 0.0F) continue;
    sure.push_back(double{cell.answers.probability[i]});
    correct.push_back(double{cell.answers.scores[i]});
    clusters.push_back(items.cluster_of[i]);
  }
  if (sure.empty()) {
    result.sentence = "the run does not say how sure the model was: not known, so not met";
    return;
  }
  const auto all = static_cast<double>(members.size());
  // What rounding adds to a share of a whole number of items is no further item.
  const auto least = static_cast<std::size_t>(std::max(1.0, std::ceil(rule.at_least * all - 1e-9)));
  const auto surest = stats::risk_of_surest(sure, correct, clusters, least, rule.confidence);
  if (!surest) {
    result.sentence = fmt::format("answered {:.1f}% < {}: not met", 100.0 * static_cast<double>(sure.size()) / all,
                                  threshold_text(rule.at_least));
    return;
  }
  result.estimate = surest->risk;
  result.bound = surest->bound;
  result.met = surest->bound <= rule.risk;
  result.sentence = fmt::format("upper bound of the error in the surest {:.1f}%: {} {} {}: {}",
                                100.0 * static_cast<double>(surest->answered) / all,
                                bound_beside(*result.bound, Side::at_most, rule.risk), result.met ? "≤" : ">",
                                threshold_text(rule.risk), result.met ? "met" : "not met");
}

}  // namespace

std::vector<PolicyResult> apply_policy(const stats::Policy& policy, const StudyGrid& grid) {
  std::vector<PolicyResult> results;
  for (std::size_t r = 0; r < policy.rules.size(); ++r) {
    const auto& rule = policy.rules[r];
    const auto stratum = static_cast<std::size_t>(std::ranges::find(kStrata, rule.stratum) - kStrata.begin());
    if (stratum >= kStrata.size()) continue;
    for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
      const auto& items = grid.benchmarks()[b];
      const auto members = members_of(items, stratum);
      if (members.empty() || !is_about(rule, items.benchmark)) continue;
      for (std::size_t m = 0; m < grid.models().size(); ++m) {
        const auto* cell = grid.cell(m, b);
        if (cell == nullptr || !cell->finished) continue;
        PolicyResult result{grid.models()[m].name, items.benchmark, r};
        if (rule.metric == stats::PolicyMetric::coverage) {
          judge_coverage(result, rule, items, *cell, members);
        } else if (const auto figures = accuracy_of(items, *cell, members)) {
          judge_accuracy(result, rule, *figures);
        }
        results.push_back(std::move(result));
      }
    }
  }
  return results;
}

}  // namespace osler::report
