#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "osler/report/escape.h"
#include "osler/report/study/study_tables.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

void add_estimate(Json& object, const std::string& name, const std::optional<Estimate>& estimate) {
  object[name] = estimate ? Json(estimate->value) : Json(nullptr);
  object[name + "_se"] = estimate ? number(estimate->standard_error) : Json(nullptr);
  const bool has = estimate && estimate->interval;
  object[name + "_ci_low"] = has ? Json(estimate->interval->low) : Json(nullptr);
  object[name + "_ci_high"] = has ? Json(estimate->interval->high) : Json(nullptr);
}

std::string_view name_of(Standing standing) {
  constexpr std::array<std::string_view, 4> kNames = {"", "best", "tied", "below"};
  return kNames.at(static_cast<std::size_t>(standing));
}

Json object_of(const stats::PartMean& mean) {
  return {{"value", number(mean.value)}, {"ci_low", mean.interval.low}, {"ci_high", mean.interval.high}};
}

Json object_of(const CapabilitySplit& split, stats::PartMean stats::ClassMeans::*part) {
  return {{"by_label", object_of(split.by_label.*part)},
          {"corrected", object_of(split.corrected.*part)},
          {"by_probability", object_of(split.by_probability.*part)}};
}

Json splits_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& [model, benchmark, split] : report.splits) {
    list.push_back({{"model", report.models[model].name},
                    {"benchmark", report.benchmarks[benchmark]},
                    {"predicted", split.predicted},
                    {"known", split.known},
                    {"unlabelled", split.unlabelled},
                    {"labelled_understanding", split.understanding},
                    {"labelled_reasoning", split.reasoning},
                    {"errors_do_not_fit", split.errors_do_not_fit},
                    {"understanding", object_of(split, &stats::ClassMeans::negative)},
                    {"reasoning", object_of(split, &stats::ClassMeans::positive)},
                    {"reasoning_minus_understanding", object_of(split, &stats::ClassMeans::difference)},
                    {"share_of_reasoning", object_of(split, &stats::ClassMeans::share)}});
  }
  return list;
}

/// The corrected accuracy of a cell of one capability.
const stats::PartMean* corrected_of(const StudyReport& report, std::string_view stratum, std::size_t m, std::size_t b) {
  for (const auto& [model, benchmark, split] : report.splits) {
    if (model != m || benchmark != b) continue;
    if (stratum == "understanding") return &split.corrected.negative;
    if (stratum == "reasoning") return &split.corrected.positive;
  }
  return nullptr;
}

/// All that is known of a cell, by the names that JSON and CSV share.
Json object_of(const StudyReport& report, const StratumTable& table, std::size_t m, std::size_t b) {
  const TableCell& cell = *table.cells[m][b];
  const CellFigures& figures = cell.figures;
  const ControlFigures& controls = figures.controls;
  Json object{{"model", report.models[m].name},    {"group", report.models[m].group}, {"size", report.models[m].size},
              {"benchmark", report.benchmarks[b]}, {"stratum", table.stratum},        {"n", figures.n},
              {"clusters", figures.clusters}};
  add_estimate(object, "accuracy", figures.accuracy);
  object["accuracy_bca_low"] = figures.bootstrap ? Json(figures.bootstrap->low) : Json(nullptr);
  object["accuracy_bca_high"] = figures.bootstrap ? Json(figures.bootstrap->high) : Json(nullptr);
  const auto* corrected = corrected_of(report, table.stratum, m, b);
  object["accuracy_corrected"] = corrected != nullptr ? number(corrected->value) : Json(nullptr);
  object["corrected_low"] = corrected != nullptr ? Json(corrected->interval.low) : Json(nullptr);
  object["corrected_high"] = corrected != nullptr ? Json(corrected->interval.high) : Json(nullptr);
  object["standing"] = name_of(cell.standing);
  object["complete"] = figures.finished;
  object["parse_rate"] = figures.parse_rate;
  object["chance"] = number(figures.chance);
  object["chance_corrected"] = number(figures.chance_corrected);
  add_estimate(object, "blind", controls.blind);
  add_estimate(object, "visual_reliance", controls.visual_reliance);
  add_estimate(object, "shuffled", controls.shuffled);
  add_estimate(object, "image_sensitivity", controls.image_sensitivity);
  object["reordered"] = controls.reordered;
  add_estimate(object, "all_orders", controls.all_orders);
  add_estimate(object, "consistency", controls.consistency);
  const auto& sure = figures.confidence;
  const auto add = [&](const char* name, double ConfidenceFigures::*member) {
    object[name] = sure ? Json((*sure).*member) : Json(nullptr);
  };
  object["confidence_n"] = sure ? sure->n : 0;
  add("confidence", &ConfidenceFigures::mean);
  add("ece", &ConfidenceFigures::ece);
  add("ece_debiased", &ConfidenceFigures::debiased);
  add("ece_recalibrated", &ConfidenceFigures::recalibrated);
  object["brier"] = sure ? Json(sure->brier.score) : Json(nullptr);
  object["brier_reliability"] = sure ? Json(sure->brier.reliability) : Json(nullptr);
  object["brier_resolution"] = sure ? Json(sure->brier.resolution) : Json(nullptr);
  object["brier_uncertainty"] = sure ? Json(sure->brier.uncertainty) : Json(nullptr);
  add("area_under_risk", &ConfidenceFigures::area_under_risk);
  add("coverage_at_5", &ConfidenceFigures::coverage_at_5);
  add("coverage_at_10", &ConfidenceFigures::coverage_at_10);
  object["published"] = number(cell.published);
  object["difference"] = cell.published ? Json(figures.accuracy.value - *cell.published) : Json(nullptr);
  return object;
}

template <class Do>
void for_each_object(const StudyReport& report, Do work) {
  for (const auto& table : report.strata) {
    for (std::size_t m = 0; m < report.models.size(); ++m) {
      for (std::size_t b = 0; b < report.benchmarks.size(); ++b) {
        if (table.cells[m][b]) work(object_of(report, table, m, b));
      }
    }
  }
}

/// Reliability diagrams and risk-coverage curves.
Json plots_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& table : report.strata) {
    for (std::size_t m = 0; m < report.models.size(); ++m) {
      for (std::size_t b = 0; b < report.benchmarks.size(); ++b) {
        const auto& cell = table.cells[m][b];
        if (!cell || !cell->figures.confidence) continue;
        Json bins = Json::array();
        for (const auto& bin : cell->figures.confidence->bins) {
          bins.push_back({{"n", bin.n}, {"confidence", bin.confidence}, {"accuracy", bin.accuracy}});
        }
        Json curve = Json::array();
        for (const auto& point : cell->figures.confidence->curve) {
          curve.push_back({{"coverage", point.coverage}, {"risk", point.risk}});
        }
        list.push_back({{"model", report.models[m].name},
                        {"benchmark", report.benchmarks[b]},
                        {"stratum", table.stratum},
                        {"bins", std::move(bins)},
                        {"curve", std::move(curve)}});
      }
    }
  }
  return list;
}

Json policy_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& result : report.policy_results) {
    const auto& rule = report.policy.rules[result.rule];
    list.push_back({{"policy", report.policy.name},
                    {"model", result.model},
                    {"benchmark", result.benchmark},
                    {"stratum", rule.stratum},
                    {"metric", rule.metric == stats::PolicyMetric::accuracy ? "accuracy" : "coverage"},
                    {"at_least", rule.at_least},
                    {"risk", rule.metric == stats::PolicyMetric::coverage ? Json(rule.risk) : Json(nullptr)},
                    {"confidence", rule.confidence},
                    {"human", rule.human},
                    {"citation", rule.citation},
                    {"estimate", number(result.estimate)},
                    {"bound", number(result.bound)},
                    {"met", result.met},
                    {"sentence", result.sentence}});
  }
  return list;
}

Json averages_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& table : report.strata) {
    for (std::size_t m = 0; m < table.averages.size(); ++m) {
      const auto& average = table.averages[m];
      if (!average) continue;
      Json object{{"model", report.models[m].name},
                  {"stratum", table.stratum},
                  {"benchmarks", average->benchmarks},
                  {"n", average->n}};
      add_estimate(object, "macro", average->macro);
      object["macro_bca_low"] = average->bootstrap ? Json(average->bootstrap->low) : Json(nullptr);
      object["macro_bca_high"] = average->bootstrap ? Json(average->bootstrap->high) : Json(nullptr);
      object["micro"] = average->micro;
      object["standing"] = name_of(average->standing);
      list.push_back(std::move(object));
    }
  }
  return list;
}

Json object_of(const StudyReport& report, const Pair& pair, std::string_view stratum, std::string_view benchmark) {
  return {{"a", report.models[pair.first].name},
          {"b", report.models[pair.second].name},
          {"benchmark", benchmark},
          {"stratum", stratum},
          {"n", pair.n},
          {"difference", pair.difference},
          {"standard_error", pair.standard_error},
          {"ci_low", pair.interval ? Json(pair.interval->low) : Json(nullptr)},
          {"ci_high", pair.interval ? Json(pair.interval->high) : Json(nullptr)},
          {"p", pair.p},
          {"p_adjusted", pair.p_adjusted}};
}

Json pairs_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& table : report.strata) {
    for (std::size_t b = 0; b < table.pairs.size(); ++b) {
      for (const auto& pair : table.pairs[b]) {
        list.push_back(object_of(report, pair, table.stratum, report.benchmarks[b]));
      }
    }
    for (const auto& pair : table.average_pairs) list.push_back(object_of(report, pair, table.stratum, "macro"));
  }
  return list;
}

Json findings_of(const StudyReport& report) {
  Json list = Json::array();
  for (const auto& finding : report.findings) {
    list.push_back({{"claim", finding.claim},
                    {"scope", finding.scope},
                    {"effect_is", finding.effect_is},
                    {"effect", finding.effect},
                    {"ci_low", finding.interval ? Json(finding.interval->low) : Json(nullptr)},
                    {"ci_high", finding.interval ? Json(finding.interval->high) : Json(nullptr)},
                    {"tested_against", finding.tested_against},
                    {"p", finding.p},
                    {"p_adjusted", finding.p_adjusted},
                    {"detectable", number(finding.detectable)},
                    {"n", finding.n},
                    {"verdict", name_of(finding.verdict)},
                    {"remark", finding.remark}});
  }
  return list;
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return csv_field(value.get<std::string>());
  return value.dump();
}

}  // namespace

std::string study_json(const StudyReport& report) {
  Json cells = Json::array();
  for_each_object(report, [&cells](Json object) { cells.push_back(std::move(object)); });
  const Json document{{"study", report.name},
                      {"title", report.title},
                      {"citation", report.citation},
                      {"confidence", kConfidence},
                      {"published", report.published},
                      {"cells", std::move(cells)},
                      {"averages", averages_of(report)},
                      {"pairs", pairs_of(report)},
                      {"splits", splits_of(report)},
                      {"findings", findings_of(report)},
                      {"policy", policy_of(report)},
                      {"plots", plots_of(report)},
                      {"warnings", report.warnings},
                      {"notes", report.notes}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string study_csv(const StudyReport& report) {
  std::string header;
  std::string lines;
  for_each_object(report, [&](const Json& object) {
    std::string names;
    std::string line;
    for (const auto& [name, value] : object.items()) {
      names += (names.empty() ? "" : ",") + name;
      line += (line.empty() ? "" : ",") + csv_value(value);
    }
    if (header.empty()) header = names + '\n';
    lines += line + '\n';
  });
  return header + lines;
}

}  // namespace osler::report
