#pragma once

#include <span>
#include <string>

#include "osler/report/comparison.h"

/// Comparisons of two runs, of all items and of parts of them, for a terminal and for programs.
namespace osler::report {

/// The p value of a comparison: that of the clustered difference, or where there is none McNemar's mid-p.
[[nodiscard]] double p_value(const Comparison& comparison);

/// A sentence each, and what to make of them.
[[nodiscard]] std::string paired_text(std::span<const Comparison> comparisons);

/// A list of objects, one for each comparison: a, b, benchmark, stratum, n, difference (of accuracy, a - b), ci_low,
/// ci_high, p, p_adjusted (Holm, over the list), p_mcnemar (mid-p), verdict ("a", "b" or "undecided", by p_adjusted at
/// 5%), only_a_right, only_b_right.
[[nodiscard]] std::string paired_json(std::span<const Comparison> comparisons, const std::string& benchmark);

}  // namespace osler::report
