#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "osler/report/comparison.h"
#include "osler/report/document.h"

/// Comparisons of two runs, of all items and of parts of them, for a terminal and for programs.
namespace osler::report {

/// The p value of a comparison: that of the clustered difference, or where there is none McNemar's mid-p.
[[nodiscard]] double p_value(const Comparison& comparison);

/// The comparisons as one table, a row each, p values adjusted by Holm over all of them. Models are named A, B, ... and
/// in the foot; what is not told apart is a tie.
[[nodiscard]] Document paired_document(std::span<const Comparison> comparisons);

/// The items that one of two runs alone has right, at most so many.
[[nodiscard]] DocumentTable differing_table(const Comparison& all, std::span<const DifferingItem> items,
                                            std::size_t most);

/// A list of objects, one for each comparison: a, b, benchmark, stratum, n, difference (of accuracy, a - b), ci_low,
/// ci_high, p, p_adjusted (Holm, over the list), p_mcnemar (mid-p), verdict ("a", "b" or "tie", by p_adjusted at 5%),
/// detectable, a_accuracy, b_accuracy, only_a_right, only_b_right.
[[nodiscard]] std::string paired_json(std::span<const Comparison> comparisons);

}  // namespace osler::report
