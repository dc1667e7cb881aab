#include "osler/report/paired_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "osler/report/escape.h"
#include "osler/report/study/figures.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;

std::vector<double> adjusted(std::span<const Comparison> comparisons) {
  std::vector<double> values;
  values.reserve(comparisons.size());
  for (const auto& one : comparisons) values.push_back(p_value(one));
  return stats::holm_adjusted(values);
}

const char* verdict(const Comparison& comparison, double p_adjusted) {
  constexpr double kLevel = 1.0 - kConfidence;
  if (p_adjusted >= kLevel) return "tie";
  const double difference =
      comparison.difference ? comparison.difference->difference
                            : static_cast<double>(comparison.only_first) - static_cast<double>(comparison.only_second);
  return difference > 0 ? "a" : "b";
}

/// From the clustered error where there is one, else from the number of items that differ.
double detectable(const Comparison& comparison) {
  if (comparison.difference && comparison.difference->standard_error > 0) {
    return stats::detectable_from_error(comparison.difference->standard_error);
  }
  return stats::detectable_difference(comparison.only_first + comparison.only_second, comparison.n);
}

std::vector<std::string> models_of(std::span<const Comparison> comparisons) {
  std::vector<std::string> models;
  for (const auto& one : comparisons) {
    for (const auto& name : {one.first, one.second}) {
      if (std::ranges::find(models, name) == models.end()) models.push_back(name);
    }
  }
  return models;
}

/// "A" to "Z", then "27".
std::string letter_of(std::size_t model) {
  constexpr std::size_t kLettersOfModels = 26;
  return model < kLettersOfModels ? std::string(1, static_cast<char>('A' + model)) : std::to_string(model + 1);
}

DocumentRow row_of(const Comparison& one, double p_adjusted, const std::vector<std::string>& models) {
  const auto letter = [&models](const std::string& name) {
    return letter_of(static_cast<std::size_t>(std::ranges::find(models, name) - models.begin()));
  };
  const std::string better = verdict(one, p_adjusted);
  const auto interval = one.difference && one.difference->standard_error > 0 ? std::optional(one.difference->interval)
                                                                             : std::optional<stats::Interval>();
  return {{{one.benchmark},
           {one.stratum},
           {letter(one.first) + " - " + letter(one.second)},
           {fmt::format("{}", one.n)},
           {percent(one.first_accuracy)},
           {percent(one.second_accuracy)},
           {points(one.first_accuracy - one.second_accuracy)},
           {interval_text(interval)},
           {p_value_text(p_value(one))},
           {p_value_text(p_adjusted)},
           {percent(detectable(one))},
           {fmt::format("{}", one.only_first)},
           {fmt::format("{}", one.only_second)},
           {better == "tie" ? better : letter(better == "a" ? one.first : one.second)}}};
}

}  // namespace

double p_value(const Comparison& comparison) {
  // Where all items differ alike there is no spread to judge the difference by, only their number.
  const bool has_spread = comparison.difference && comparison.difference->standard_error > 0;
  return has_spread ? comparison.difference->p : comparison.mcnemar_p;
}

Document paired_document(std::span<const Comparison> comparisons) {
  Document document;
  document.title = "Paired item by item";
  DocumentTable table;
  table.title = "Differences of accuracy, in points";
  table.label = "tab:paired";
  table.columns = {{"benchmark", false},
                   {"stratum", false},
                   {"pair", false},
                   {"n"},
                   {"first"},
                   {"second"},
                   {"difference"},
                   {"95%"},
                   {"p"},
                   {"adjusted"},
                   {"visible"},
                   {"only first"},
                   {"only second"},
                   {"better", false}};
  const auto models = models_of(comparisons);
  const auto p = adjusted(comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i) table.rows.push_back(row_of(comparisons[i], p[i], models));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < models.size(); ++i) names.push_back(fmt::format("{} = {}", letter_of(i), models[i]));
  document.paragraphs.push_back(fmt::format("{}", fmt::join(names, ", ")));
  document.tables.push_back(std::move(table));
  document.notes = {
      "First, second: accuracy in per cent; whatever was not read as an answer counts as not correct. The interval and "
      "p "
      "are Student's t over images, paired by item (with no spread between images: McNemar's exact test, mid-p); "
      "adjusted is Holm over the rows. A tie is a difference that is not told apart from none at adjusted p < 0.05; "
      "visible is the smallest difference that a test at 5% would have found four times in five."};
  return document;
}

DocumentTable differing_table(const Comparison& all, std::span<const DifferingItem> items, std::size_t most) {
  DocumentTable table;
  table.title = fmt::format("{}: items that one alone has right ({} {}, {} {})", all.benchmark, all.only_first,
                            all.first, all.only_second, all.second);
  table.label = "tab:differing";
  table.columns = {{"item", false}, {"right", false}, {all.first, false}, {all.second, false}};
  for (const auto& item : items.first(std::min(most, items.size()))) {
    table.rows.push_back(
        {{{item.item_id}, {item.first_is_right ? all.first : all.second}, {item.first_answer}, {item.second_answer}}});
  }
  if (items.size() > most) table.notes.push_back(fmt::format("{} more; --list N shows N.", items.size() - most));
  return table;
}

std::string paired_json(std::span<const Comparison> comparisons) {
  Json list = Json::array();
  const auto p = adjusted(comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = comparisons[i];
    const auto& found = one.difference;
    list.push_back({{"a", valid_utf8(one.first)},
                    {"b", valid_utf8(one.second)},
                    {"benchmark", valid_utf8(one.benchmark)},
                    {"stratum", valid_utf8(one.stratum)},
                    {"n", one.n},
                    {"difference", found ? Json(found->difference) : Json(nullptr)},
                    {"ci_low", found ? Json(found->interval.low) : Json(nullptr)},
                    {"ci_high", found ? Json(found->interval.high) : Json(nullptr)},
                    {"p", p_value(one)},
                    {"p_adjusted", p[i]},
                    {"p_mcnemar", one.mcnemar_p},
                    {"verdict", verdict(one, p[i])},
                    {"detectable", detectable(one)},
                    {"a_accuracy", one.first_accuracy},
                    {"b_accuracy", one.second_accuracy},
                    {"only_a_right", one.only_first},
                    {"only_b_right", one.only_second}});
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace osler::report
