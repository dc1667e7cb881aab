#pragma once

#include <optional>
#include <string>

#include "osler/report/study/cell.h"

/// Figures in words, as the study's tables have them: per cent with one decimal.
namespace osler::report {

inline constexpr const char* kNoFigure = "—";

/// "62.1"; points: "+3.0".
[[nodiscard]] std::string percent(double share);
[[nodiscard]] std::string percent(const std::optional<double>& share);
[[nodiscard]] std::string points(double share);
/// "[59.1, 65.1]"; a dash where there is none.
[[nodiscard]] std::string interval_text(const std::optional<stats::Interval>& interval);
/// "62.1 ±3.0", the longer side of the interval; without one "62.1".
[[nodiscard]] std::string with_margin(const Estimate& estimate);
/// "62.1 [59.1, 65.1]"; a dash where there is nothing.
[[nodiscard]] std::string with_interval(const std::optional<Estimate>& estimate);
/// "0.0123", "<0.0001".
[[nodiscard]] std::string p_value_text(double p);

}  // namespace osler::report
