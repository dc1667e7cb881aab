#include "osler/stats/selective.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace osler::stats {
namespace {

struct Step {
  std::size_t items = 0;  ///< All that are at least so sure.
  double errors = 0.0;
};

std::vector<Step> steps_of(std::span<const double> confidence, std::span<const double> correct) {
  assert(confidence.size() == correct.size());
  std::vector<std::size_t> order(confidence.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return confidence[a] > confidence[b]; });
  std::vector<Step> steps;
  Step now;
  for (std::size_t i = 0; i < order.size(); ++i) {
    ++now.items;
    now.errors += 1.0 - correct[order[i]];
    if (i + 1 == order.size() || confidence[order[i + 1]] != confidence[order[i]]) steps.push_back(now);
  }
  return steps;
}

}  // namespace

std::vector<RiskPoint> risk_coverage(std::span<const double> confidence, std::span<const double> correct) {
  std::vector<RiskPoint> curve;
  for (const Step& step : steps_of(confidence, correct)) {
    curve.push_back({static_cast<double>(step.items) / static_cast<double>(confidence.size()),
                     step.errors / static_cast<double>(step.items)});
  }
  return curve;
}

std::optional<double> area_under_risk(std::span<const double> confidence, std::span<const double> correct) {
  if (confidence.empty()) return std::nullopt;
  double sum = 0.0;
  Step before;
  for (const Step& step : steps_of(confidence, correct)) {
    const auto size = static_cast<double>(step.items - before.items);
    const double each = (step.errors - before.errors) / size;
    for (std::size_t i = before.items + 1; i <= step.items; ++i) {
      sum += (before.errors + each * static_cast<double>(i - before.items)) / static_cast<double>(i);
    }
    before = step;
  }
  return sum / static_cast<double>(confidence.size());
}

double coverage_at_risk(std::span<const RiskPoint> curve, double risk) {
  double coverage = 0.0;
  for (const RiskPoint& point : curve) {
    if (point.risk <= risk) coverage = std::max(coverage, point.coverage);
  }
  return coverage;
}

}  // namespace osler::stats
