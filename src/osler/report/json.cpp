#include <nlohmann/json.hpp>

#include "osler/report/notes.h"
#include "osler/report/reporters.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;  // keys in the order of the documentation

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json low(const std::optional<stats::Interval>& interval) { return interval ? Json(interval->low) : Json(nullptr); }
Json high(const std::optional<stats::Interval>& interval) { return interval ? Json(interval->high) : Json(nullptr); }

Json part_of(const stats::PartMean& mean) {
  return {{"accuracy", number(mean.value)}, {"low", mean.interval.low}, {"high", mean.interval.high}};
}

Json object_of(const RunGrades& run, const SummaryRow& row) {
  Json outcomes = Json::object();
  for (const auto outcome : kOutcomes) outcomes[std::string(name_of(outcome))] = row.count(outcome);
  Json object{{"model", row.model},
              {"benchmark", row.benchmark},
              {"protocol", row.protocol},
              {"stratum", row.stratum},
              {"n", row.n},
              {"clusters", row.clusters},
              {"accuracy", number(row.accuracy)},
              {"ci_low", low(row.wilson)},
              {"ci_high", high(row.wilson)},
              {"parse_rate", number(row.parse_rate)},
              {"accuracy_parsed", number(row.accuracy_parsed)},
              {"accuracy_worst", low(row.bounds)},
              {"accuracy_best", high(row.bounds)},
              {"guessed", row.guessed},
              {"conflicts", row.conflicts},
              {"outcomes", std::move(outcomes)},
              {"standard_error", number(row.standard_error)},
              {"cluster_ci_low", low(row.clustered)},
              {"cluster_ci_high", high(row.clustered)},
              {"open_items", row.open},
              {"open_accuracy", number(row.open_accuracy)},
              {"token_f1", number(row.token_f1)},
              {"token_recall", number(row.token_recall)},
              {"unclustered", row.unclustered},
              {"row_set", run.row_set},
              {"row_set_hash", run.row_set_hash},
              {"engine", run.engine},
              {"capability_source", run.capability_source},
              {"planned", run.planned},
              {"complete", !unfinished(run)}};
  if (row.corrected && row.by_probability) {
    object["split"] = {{"corrected", part_of(*row.corrected)},
                       {"by_probability", part_of(*row.by_probability)},
                       {"warning", row.split_warning.empty() ? Json(nullptr) : Json(row.split_warning)}};
  }
  const auto warning = unfinished_warning(run);
  object["warning"] = warning.empty() ? Json(nullptr) : Json(warning);
  return object;
}

}  // namespace

std::string json_report(std::span<const RunSummary> runs) {
  Json report = Json::array();
  for (const auto& [run, rows] : runs) {
    for (const auto& row : rows) report.push_back(object_of(*run, row));
  }
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace osler::report
