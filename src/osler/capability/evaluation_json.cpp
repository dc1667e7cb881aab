#include "osler/capability/evaluation_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "osler/storage/json.h"

namespace osler::capability {
namespace {

constexpr std::array<std::pair<const char*, Measure Evaluation::*>, 8> kMeasures{
    {{"accuracy", &Evaluation::accuracy},
     {"majority", &Evaluation::majority},
     {"balanced_accuracy", &Evaluation::balanced_accuracy},
     {"sensitivity", &Evaluation::sensitivity},
     {"specificity", &Evaluation::specificity},
     {"auroc", &Evaluation::auroc},
     {"brier", &Evaluation::brier},
     {"brier_majority", &Evaluation::brier_majority}}};

tl::unexpected<Error> wrong(const std::string& what) { return fail(ErrorCode::malformed, what); }

/// A confusion matrix of all items, of which each class has one in a group at least.
bool counts_agree(const Evaluation& evaluation) {
  const auto& table = evaluation.confusion;
  constexpr std::size_t kMostItems = std::size_t{1} << 40U;
  for (const std::size_t count :
       {table.true_positives, table.false_positives, table.false_negatives, table.true_negatives}) {
    if (count > kMostItems) return false;
  }
  const auto& groups = evaluation.groups_of_class;
  return table.positives() + table.negatives() == evaluation.items && groups[1] >= 1 && groups[0] >= 1 &&
         groups[1] <= table.positives() && groups[0] <= table.negatives();
}

}  // namespace

Json measure_json(const Measure& measure) {
  return {{"value", measure.value},
          {"standard_error", measure.standard_error},
          {"low", measure.interval.low},
          {"high", measure.interval.high}};
}

Result<Measure> measure_from(const Json& json) {
  std::array<double, 4> numbers{};
  const std::array<const char*, 4> keys{"value", "standard_error", "low", "high"};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto found = json.is_object() ? json.find(keys.at(i)) : json.end();
    if (!json.is_object() || found == json.end() || !found->is_number()) {
      return wrong(fmt::format("a measure has no '{}'", keys.at(i)));
    }
    numbers.at(i) = found->get<double>();
  }
  const bool in_order = numbers[2] <= numbers[3] && numbers[1] >= 0.0;
  if (!in_order || !std::ranges::all_of(numbers, [](double number) { return std::isfinite(number); })) {
    return wrong("a measure's interval is none");
  }
  return Measure{numbers[0], numbers[1], {numbers[2], numbers[3]}};
}

Json evaluation_json(const Evaluation& evaluation) {
  const auto& table = evaluation.confusion;
  Json json{
      {"items", evaluation.items},
      {"groups", evaluation.groups},
      {"groups_with", {{"understanding", evaluation.groups_of_class[0]}, {"reasoning", evaluation.groups_of_class[1]}}},
      {"confusion",
       {{"reasoning_as_reasoning", table.true_positives},
        {"reasoning_as_understanding", table.false_negatives},
        {"understanding_as_reasoning", table.false_positives},
        {"understanding_as_understanding", table.true_negatives}}},
      {"calibration_error",
       {{"value", evaluation.calibration_error},
        {"low", evaluation.calibration_error_interval.low},
        {"high", evaluation.calibration_error_interval.high}}},
      {"no_better_than_majority", no_better_than_majority(evaluation.balanced_accuracy, evaluation.auroc)}};
  for (const auto& [name, member] : kMeasures) json[name] = measure_json(evaluation.*member);
  json["calibration_slope"] = nullptr;
  if (evaluation.calibration_slope) json["calibration_slope"] = measure_json(*evaluation.calibration_slope);
  return json;
}

Result<Evaluation> evaluation_from(const Json& json) {
  Evaluation evaluation;
  try {
    evaluation.items = count_at(json, "items");
    evaluation.groups = count_at(json, "groups");
    const Json& with = json.at("groups_with");
    evaluation.groups_of_class = {count_at(with, "understanding"), count_at(with, "reasoning")};
    const Json& table = json.at("confusion");
    evaluation.confusion = {count_at(table, "reasoning_as_reasoning"), count_at(table, "understanding_as_reasoning"),
                            count_at(table, "reasoning_as_understanding"),
                            count_at(table, "understanding_as_understanding")};
    for (const auto& [name, member] : kMeasures) {
      const auto measure = measure_from(json.at(name));
      if (!measure) return pass(measure);
      if (!(measure->value >= 0.0 && measure->value <= 1.0)) return wrong("a share is outside of 0 to 1");
      evaluation.*member = *measure;
    }
    if (!json.at("calibration_slope").is_null()) {
      const auto slope = measure_from(json.at("calibration_slope"));
      if (!slope) return pass(slope);
      evaluation.calibration_slope = *slope;
    }
    const Json& error = json.at("calibration_error");
    evaluation.calibration_error = error.at("value").get<double>();
    evaluation.calibration_error_interval = {error.at("low").get<double>(), error.at("high").get<double>()};
  } catch (const Json::exception&) {
    return wrong("a measure is missing or of another type");
  }
  if (!counts_agree(evaluation)) return wrong("its counts do not agree");
  return evaluation;
}

}  // namespace osler::capability
