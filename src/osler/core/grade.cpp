#include "osler/core/grade.h"

#include <array>
#include <utility>

namespace osler {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 6> kOutcomes{{{Outcome::correct, "correct"},
                                                                         {Outcome::wrong, "wrong"},
                                                                         {Outcome::unparsed, "unparsed"},
                                                                         {Outcome::refused, "refused"},
                                                                         {Outcome::truncated, "truncated"},
                                                                         {Outcome::error, "error"}}};

}  // namespace

std::string_view name_of(Outcome outcome) {
  for (const auto& [value, name] : kOutcomes) {
    if (value == outcome) return name;
  }
  return "";
}

std::optional<Outcome> outcome_from(std::string_view name) {
  for (const auto& [value, candidate] : kOutcomes) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace osler
