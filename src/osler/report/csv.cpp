#include <fmt/format.h>
#include <fmt/ranges.h>

#include "osler/report/escape.h"
#include "osler/report/notes.h"
#include "osler/report/reporters.h"

namespace osler::report {
namespace {

struct Field {
  std::string name;
  std::string value;
};

// The shortest text that reads back as the same number; an empty field where there is none.
std::string number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; }

std::optional<double> low(const std::optional<stats::Interval>& interval) {
  return interval ? std::optional(interval->low) : std::nullopt;
}

std::optional<double> high(const std::optional<stats::Interval>& interval) {
  return interval ? std::optional(interval->high) : std::nullopt;
}

std::optional<double> value(const std::optional<stats::PartMean>& mean) { return mean ? mean->value : std::nullopt; }

std::optional<stats::Interval> interval(const std::optional<stats::PartMean>& mean) {
  return mean ? std::optional(mean->interval) : std::nullopt;
}

std::vector<Field> fields_of(const RunGrades& run, const SummaryRow& row) {
  std::vector<Field> fields{{"model", row.model},
                            {"benchmark", row.benchmark},
                            {"protocol", row.protocol},
                            {"stratum", row.stratum},
                            {"n", fmt::format("{}", row.n)},
                            {"clusters", fmt::format("{}", row.clusters)},
                            {"accuracy", number(row.accuracy)},
                            {"ci_low", number(low(row.wilson))},
                            {"ci_high", number(high(row.wilson))},
                            {"standard_error", number(row.standard_error)},
                            {"cluster_ci_low", number(low(row.clustered))},
                            {"cluster_ci_high", number(high(row.clustered))},
                            {"parse_rate", number(row.parse_rate)},
                            {"accuracy_parsed", number(row.accuracy_parsed)}};
  for (const auto outcome : kOutcomes) {
    fields.push_back({std::string(name_of(outcome)), fmt::format("{}", row.count(outcome))});
  }
  const std::vector<Field> rest{{"unclustered", fmt::format("{}", row.unclustered)},
                                {"row_set", run.row_set},
                                {"row_set_hash", run.row_set_hash},
                                {"engine", run.engine},
                                {"capability_source", run.capability_source},
                                {"planned", fmt::format("{}", run.planned)},
                                {"complete", unfinished(run) ? "false" : "true"},
                                {"warning", unfinished_warning(run)},
                                {"open_items", fmt::format("{}", row.open)},
                                {"open_accuracy", number(row.open_accuracy)},
                                {"token_f1", number(row.token_f1)},
                                {"token_recall", number(row.token_recall)},
                                {"accuracy_worst", number(low(row.bounds))},
                                {"accuracy_best", number(high(row.bounds))},
                                {"guessed", fmt::format("{}", row.guessed)},
                                {"conflicts", fmt::format("{}", row.conflicts)},
                                {"accuracy_corrected", number(value(row.corrected))},
                                {"corrected_low", number(low(interval(row.corrected)))},
                                {"corrected_high", number(high(interval(row.corrected)))},
                                {"accuracy_by_probability", number(value(row.by_probability))},
                                {"split_warning", row.split_warning}};
  fields.insert(fields.end(), rest.begin(), rest.end());
  return fields;
}

}  // namespace

std::string csv_report(std::span<const RunSummary> runs) {
  std::vector<std::string> names;
  // Any row knows the names.
  for (const auto& field : fields_of({}, {})) names.push_back(field.name);
  std::string report = fmt::format("{}\n", fmt::join(names, ","));
  for (const auto& [run, rows] : runs) {
    for (const auto& row : rows) {
      std::vector<std::string> values;
      for (const auto& field : fields_of(*run, row)) values.push_back(csv_field(field.value));
      report += fmt::format("{}\n", fmt::join(values, ","));
    }
  }
  return report;
}

}  // namespace osler::report
