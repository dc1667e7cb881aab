#include "osler/report/study/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace osler::report {
namespace {

/// In tenths of a point, so that what rounds to nothing has no sign.
double tenths(double share) { return std::round(1000.0 * share) / 10.0 + 0.0; }

}  // namespace

std::string percent(double share) { return fmt::format("{:.1f}", tenths(share)); }

std::string percent(const std::optional<double>& share) { return share ? percent(*share) : kNoFigure; }

std::string points(double share) {
  const double rounded = tenths(share);
  return rounded == 0.0 ? "0.0" : fmt::format("{:+.1f}", rounded);
}

std::string interval_text(const std::optional<stats::Interval>& interval) {
  return interval ? fmt::format("[{}, {}]", percent(interval->low), percent(interval->high)) : kNoFigure;
}

std::string with_margin(const Estimate& estimate) {
  if (!estimate.interval) return percent(estimate.value);
  const double margin = std::max(estimate.value - estimate.interval->low, estimate.interval->high - estimate.value);
  return fmt::format("{} ±{}", percent(estimate.value), percent(margin));
}

std::string with_interval(const std::optional<Estimate>& estimate) {
  if (!estimate) return kNoFigure;
  if (!estimate->interval) return percent(estimate->value);
  return fmt::format("{} {}", percent(estimate->value), interval_text(estimate->interval));
}

std::string p_value_text(double p) { return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p); }

}  // namespace osler::report
