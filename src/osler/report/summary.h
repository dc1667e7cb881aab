#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/stats/interval.h"
#include "osler/stats/label_errors.h"

namespace osler::report {

/// All intervals of a report are at this confidence; headings and footnotes say so.
inline constexpr double kConfidence = 0.95;

/// Every outcome, in the order in which reports list them.
inline constexpr std::array kOutcomes{Outcome::correct, Outcome::wrong,     Outcome::unparsed,
                                      Outcome::refused, Outcome::truncated, Outcome::error};

/// What a report needs to know of one graded item.
struct GradedItem {
  std::string item_id = {};
  std::string image_cluster = {};  ///< Response::image_cluster; empty where no image was decoded.
  Kind kind = Kind::open;
  Capability capability = Capability::unlabeled;
  Outcome outcome = Outcome::unparsed;
  std::string rule = {};
  std::map<std::string, std::string> strata = {};
  std::optional<double> token_f1 = {};      ///< Of open items.
  std::optional<double> token_recall = {};  ///< Of open items.
  bool conflict = false;                    ///< As in Grade.
  std::optional<double> guess = {};         ///< The score of an item that another tool would have guessed at random.
  std::string answer = {};                  ///< What was read: a letter, yes or no, or text.
  std::optional<std::size_t> answer_option = {};      ///< Its place among the options.
  std::optional<std::size_t> options = {};            ///< How many there are; 0 of open items. Empty: not known.
  std::optional<double> probability = {};             ///< How sure the model was of its answer, 0 to 1.
  std::string capability_source = {};                 ///< "gold", "human", "classifier ...", "none"; empty: not told.
  std::optional<double> capability_probability = {};  ///< Of reasoning, by the classifier that labelled it.
  std::optional<bool> capability_predicted = {};  ///< Whether the classifier says reasoning, whoever's label counts.

  /// In [0, 1]: what the item adds to accuracy.
  [[nodiscard]] double score() const { return outcome == Outcome::correct ? 1.0 : guess.value_or(0.0); }
};

/// How far predicted capability labels are to be believed; "positive" is reasoning.
struct LabelTrust {
  stats::LabelErrors errors = {};
  std::string measured_on = {};          ///< What told the errors.
  bool no_better_than_majority = false;  ///< Then a split by the labels says nothing.
};

/// Two engines by RunGrades::engine_id.
using EnginePair = std::pair<std::string, std::string>;

/// One run's grades, and what has to be said beside its numbers. Reading them is another's job.
struct RunGrades {
  std::string model = {};
  std::string benchmark = {};
  std::string protocol = {};
  std::string engine = {};
  std::string engine_id = {};             ///< Equal where the same engine and files answered; empty: not known.
  std::vector<EnginePair> parities = {};  ///< Engines that were compared item by item.
  std::string row_set = {};
  std::string row_set_hash = {};
  std::string capability_source = {};          ///< "gold", "none", or what predicted the labels.
  std::optional<LabelTrust> label_trust = {};  ///< Where labels were predicted.
  bool complete = false;                       ///< The run ended by itself, with a grade for every planned item.
  std::size_t planned = 0;                     ///< Items of the plan.
  std::vector<GradedItem> items = {};
};

/// A run that did not get to its end, or whose grades are not those of its plan. Its numbers are provisional.
[[nodiscard]] bool unfinished(const RunGrades& run);

/// One line of a report: a run, or a stratum of it. What is not defined (an accuracy of no items) is empty.
struct SummaryRow {
  std::string model = {};
  std::string benchmark = {};
  std::string protocol = {};
  std::string stratum = {};     ///< "all", "understanding", "reasoning", or "modality=CT".
  std::size_t n = 0;            ///< Items, whatever their outcome.
  std::size_t clusters = 0;     ///< Different images (or sets of images) that they ask about.
  std::size_t unclustered = 0;  ///< Items without an image cluster; each counts as one of `clusters`.
  std::array<std::size_t, kOutcomes.size()> outcomes = {};

  std::size_t conflicts = 0;  ///< Answers of a letter and a text that name different options; the letter counts.
  std::size_t guessed = 0;    ///< Items without an answer that another tool's rules would have guessed at random.

  std::optional<double> accuracy = {};  ///< correct / n; with guesses: the mean score, a guess at its expectation.
  std::optional<stats::Interval> bounds = {};     ///< Of accuracy: all that was not read wrong, and all of it right.
  std::optional<stats::Interval> wilson = {};     ///< Of accuracy, as if items were independent.
  std::optional<double> standard_error = {};      ///< Of accuracy, clustered by image; needs two clusters.
  std::optional<stats::Interval> clustered = {};  ///< From standard_error if not 0, cut to [0, 1].
  std::optional<double> parse_rate = {};          ///< (correct + wrong) / n: an answer was read.
  std::optional<double> accuracy_parsed = {};     ///< correct / (correct + wrong).

  // Of "understanding" and "reasoning" where labels were predicted (capability_split.h).
  std::optional<stats::PartMean> corrected = {};       ///< Accuracy without the labels' errors.
  std::optional<stats::PartMean> by_probability = {};  ///< Every item in both, by its probability.
  std::string split_warning = {};  ///< "no better than the majority", "errors do not fit"; empty: none.

  // Over the open items of the row, whatever their outcome; empty where there are none.
  std::size_t open = 0;
  std::optional<double> open_accuracy = {};  ///< Exact match, as the grader compares.
  std::optional<double> token_f1 = {};       ///< Mean. Empty also where an open item has none: an older grades file.
  std::optional<double> token_recall = {};   ///< Likewise.

  [[nodiscard]] std::size_t count(Outcome outcome) const { return outcomes[static_cast<std::size_t>(outcome)]; }
};

/// Rows "all", "understanding" and "reasoning", these three always; then, for each name in `by` ("kind", "capability",
/// or a stratum's), one row for each of its values in alphabetical order, items without a value last as "NAME=(none)".
/// The order of the items changes nothing.
[[nodiscard]] std::vector<SummaryRow> summarise(const RunGrades& run, const std::vector<std::string>& by);

/// The item's value of "kind", "capability" or a stratum; empty for an item that has none: what a card left blank says
/// as little as what it left out.
[[nodiscard]] std::string stratum_value(const GradedItem& item, const std::string& name);

/// The names that `by` may hold for these runs, sorted.
[[nodiscard]] std::vector<std::string> strata_of(const std::vector<RunGrades>& runs);

}  // namespace osler::report
