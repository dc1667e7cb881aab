#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/report/report.h"
#include "osler/report/sheet.h"
#include "osler/stats/label_errors.h"

namespace osler::report {

/// A run's accuracy in reasoning ("positive") and understanding, where some labels were predicted.
struct CapabilitySplit {
  std::size_t predicted = 0;   ///< Items labelled by a classifier.
  std::size_t known = 0;       ///< Items labelled by the benchmark or by people.
  std::size_t unlabelled = 0;  ///< Items that are in neither.
  std::size_t reasoning = 0;   ///< Items labelled so, whoever did.
  std::size_t understanding = 0;
  stats::ClassMeans by_label = {};
  stats::ClassMeans corrected = {};
  stats::ClassMeans by_probability = {};
  /// The classifier labels so few, or so many, items reasoning that its errors elsewhere cannot be its errors here.
  bool errors_do_not_fit = false;
};

/// nullopt where no label was predicted, nothing is known of the labels' errors, or all items have the same label, as
/// in a run of --capability: there is nothing to tell the two classes apart by.
[[nodiscard]] std::optional<CapabilitySplit> capability_split(const RunGrades& run);

/// Whether the labels are no better than the majority, so that any split by them is of noise.
[[nodiscard]] bool split_means_nothing(const RunGrades& run);

/// A table of the runs with predicted labels, and what has to be said with it; nullopt where there are none.
[[nodiscard]] std::optional<Sheet> split_sheet(std::span<const RunSummary> runs);

/// Puts the corrected accuracies into the rows "reasoning" and "understanding".
void add_split(const RunGrades& run, std::vector<SummaryRow>& rows);

}  // namespace osler::report
