#include "osler/report/paired_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "osler/report/escape.h"

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
  if (p_adjusted >= kLevel) return "undecided";
  const double difference =
      comparison.difference ? comparison.difference->difference
                            : static_cast<double>(comparison.only_first) - static_cast<double>(comparison.only_second);
  return difference > 0 ? "a" : "b";
}

}  // namespace

double p_value(const Comparison& comparison) {
  // Where all items differ alike there is no spread to judge the difference by, only their number.
  const bool has_spread = comparison.difference && comparison.difference->standard_error > 0;
  return has_spread ? comparison.difference->p : comparison.mcnemar_p;
}

std::string paired_text(std::span<const Comparison> comparisons) {
  std::string text;
  const auto p = adjusted(comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    text += printable(sentence(comparisons[i]));
    if (comparisons.size() > 1) text += fmt::format(" p adjusted (Holm) = {:.4f}.", p[i]);
    text += '\n';
  }
  return text;
}

std::string paired_json(std::span<const Comparison> comparisons, const std::string& benchmark) {
  Json list = Json::array();
  const auto p = adjusted(comparisons);
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = comparisons[i];
    const auto& found = one.difference;
    list.push_back({{"a", valid_utf8(one.first)},
                    {"b", valid_utf8(one.second)},
                    {"benchmark", valid_utf8(benchmark)},
                    {"stratum", one.stratum},
                    {"n", one.n},
                    {"difference", found ? Json(found->difference) : Json(nullptr)},
                    {"ci_low", found ? Json(found->interval.low) : Json(nullptr)},
                    {"ci_high", found ? Json(found->interval.high) : Json(nullptr)},
                    {"p", p_value(one)},
                    {"p_adjusted", p[i]},
                    {"p_mcnemar", one.mcnemar_p},
                    {"verdict", verdict(one, p[i])},
                    {"only_a_right", one.only_first},
                    {"only_b_right", one.only_second}});
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace osler::report
