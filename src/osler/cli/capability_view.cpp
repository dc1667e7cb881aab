#include "osler/cli/capability_view.h"

#include <fmt/format.h>

#include "osler/capability/evaluation_json.h"
#include "osler/core/utf8.h"
#include "osler/report/text_table.h"

namespace osler::cli {
namespace {

using capability::Evaluation;
using capability::Measure;

std::string percent(double share) { return fmt::format("{:.1f}", 100.0 * share); }

std::string percent_range(const stats::Interval& interval) {
  return fmt::format("{:.1f} to {:.1f}", 100.0 * interval.low, 100.0 * interval.high);
}

std::string number(double value) { return fmt::format("{:.3f}", value); }

std::string number_range(const stats::Interval& interval) {
  return fmt::format("{:.3f} to {:.3f}", interval.low, interval.high);
}

std::string measures_table(const Evaluation& evaluation) {
  report::TextTable table({"", "value", "95% interval", "majority"}, {false, true, true, true});
  const auto add_share = [&](const char* name, const Measure& measure, const std::string& majority) {
    table.add({name, percent(measure.value), percent_range(measure.interval), majority});
  };
  const auto add_number = [&](const char* name, const Measure& measure, const std::string& majority) {
    table.add({name, number(measure.value), number_range(measure.interval), majority});
  };
  add_share("accuracy (%)", evaluation.accuracy, percent(evaluation.majority.value));
  add_share("balanced accuracy (%)", evaluation.balanced_accuracy, "50.0");
  add_share("of reasoning, labelled so (%)", evaluation.sensitivity, "");
  add_share("of understanding, labelled so (%)", evaluation.specificity, "");
  add_number("AUROC", evaluation.auroc, "0.500");
  add_number("Brier score", evaluation.brier, number(evaluation.brier_majority.value));
  if (evaluation.calibration_slope) add_number("calibration slope", *evaluation.calibration_slope, "");
  table.add({"calibration error", number(evaluation.calibration_error),
             number_range(evaluation.calibration_error_interval), ""});
  return table.text();
}

std::string confusion_table(const stats::Confusion& confusion) {
  auto table = report::TextTable::of_numbers({"", "labelled reasoning", "labelled understanding"});
  table.add({"reasoning", std::to_string(confusion.true_positives), std::to_string(confusion.false_negatives)});
  table.add({"understanding", std::to_string(confusion.false_positives), std::to_string(confusion.true_negatives)});
  return table.text();
}

std::string curve_table(const std::vector<CurveRow>& curve) {
  auto table =
      report::TextTable::of_numbers({"learned from", "items", "accuracy (%)", "balanced (%)", "AUROC", "95% interval"});
  for (const auto& row : curve) {
    table.add({fmt::format("{:.0f}%", 100.0 * row.share), std::to_string(row.rows),
               percent(row.measures.accuracy.value), percent(row.measures.balanced_accuracy.value),
               number(row.measures.auroc.value), number_range(row.measures.auroc.interval)});
  }
  return table.text();
}

}  // namespace

std::string how_of(const capability::TrainingOptions& options, double penalty) {
  const auto& penalties = capability::kPenalties;
  const bool at_end = penalty <= penalties.front() || penalty >= penalties.back();
  const bool by_image = options.group_by == capability::GroupBy::image;
  return fmt::format("nested cross-validation, {} folds by {}, seed {}; C = {} on all items{}", options.folds,
                     by_image ? "image alone (the same question may be on both sides)" : "image and question",
                     options.seed, penalty, at_end ? ", at the end of what there is to choose from" : "");
}

std::string verdict_of(const Evaluation& evaluation) {
  const auto& balanced = evaluation.balanced_accuracy;
  if (capability::no_better_than_majority(balanced, evaluation.auroc)) {
    return fmt::format(
        "These labels are no better than the majority: balanced accuracy {}% ({}), AUROC {:.3f} ({}). A split of a "
        "benchmark by them says nothing.",
        percent(balanced.value), percent_range(balanced.interval), evaluation.auroc.value,
        number_range(evaluation.auroc.interval));
  }
  if (evaluation.confusion.false_positives + evaluation.confusion.false_negatives == 0) {
    return fmt::format("These labels say more than the majority does: of {} items none gets the other label.",
                       evaluation.items);
  }
  return fmt::format(
      "These labels say more than the majority does, and they err: of {} items {} get the other label. A split by them "
      "is to be corrected for that.",
      evaluation.items, evaluation.confusion.false_positives + evaluation.confusion.false_negatives);
}

std::string evaluation_text(const EvaluationView& view) {
  const auto& evaluation = view.evaluation;
  std::string text = printable_line(view.row_set) +
                     fmt::format(": {} items in {} groups, {} reasoning and {} understanding\n", evaluation.items,
                                 evaluation.groups, evaluation.confusion.positives(), evaluation.confusion.negatives());
  text += printable_line(view.embedding) + "\n" + view.how + "\n\n";
  text += measures_table(evaluation) + "\n" + confusion_table(evaluation.confusion) + "\n";
  if (!view.curve.empty()) text += curve_table(view.curve) + "\n";
  return text + verdict_of(evaluation) + "\n";
}

Json evaluation_view_json(const EvaluationView& view) {
  Json json = capability::evaluation_json(view.evaluation);
  json["row_set"] = view.row_set;
  json["embedding"] = view.embedding;
  json["how"] = view.how;
  json["verdict"] = verdict_of(view.evaluation);
  Json curve = Json::array();
  for (const auto& row : view.curve) {
    curve.push_back({{"share", row.share},
                     {"items", row.rows},
                     {"accuracy", capability::measure_json(row.measures.accuracy)},
                     {"balanced_accuracy", capability::measure_json(row.measures.balanced_accuracy)},
                     {"auroc", capability::measure_json(row.measures.auroc)}});
  }
  json["learning_curve"] = std::move(curve);
  return json;
}

}  // namespace osler::cli
