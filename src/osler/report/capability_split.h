#pragma once

#include <array>
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

/// Of items with a label; `unlabelled` others are only counted. nullopt where no label was predicted, or all items have
/// the same one, as in a run of --capability: there is nothing to tell the two classes apart by.
[[nodiscard]] std::optional<CapabilitySplit> capability_split(std::span<const stats::LabelledScore> scores,
                                                              std::size_t unlabelled, const LabelTrust& trust);

/// Also nullopt where nothing is known of the labels' errors.
[[nodiscard]] std::optional<CapabilitySplit> capability_split(const RunGrades& run);

/// Whether an item's label was predicted, by what grades say of its source.
[[nodiscard]] bool is_predicted(const GradedItem& item);

/// What the classifier says of an item, whoever's label counts: reasoning or not; nothing where it says nothing.
[[nodiscard]] std::optional<bool> labeller_of(const GradedItem& item);

/// A line of a table of splits: per cent, with intervals.
struct SplitLine {
  std::string stratum = {};  ///< "understanding", "reasoning", "reasoning - understanding", "share of reasoning".
  std::string n = {};
  std::string by_label = {};
  std::string corrected = {};
  std::string by_probability = {};
};
[[nodiscard]] std::array<SplitLine, 4> split_lines(const CapabilitySplit& split);

/// What has to be said above everything else of a benchmark's split: NO SPLIT, ERRORS DO NOT FIT; empty: nothing.
[[nodiscard]] std::string split_warning(const std::string& benchmark, const CapabilitySplit& split,
                                        const LabelTrust& trust);
/// Whose labels they are, and how they err.
[[nodiscard]] std::string split_note(const std::string& benchmark, const CapabilitySplit& split,
                                     const std::string& source, const LabelTrust& trust);
/// What the three columns are.
[[nodiscard]] std::string split_legend();

/// A table of the runs with predicted labels, and what has to be said with it; nullopt where there are none.
[[nodiscard]] std::optional<Sheet> split_sheet(std::span<const RunSummary> runs);

/// Puts the corrected accuracies into the rows "reasoning" and "understanding".
void add_split(const RunGrades& run, std::vector<SummaryRow>& rows);

}  // namespace osler::report
