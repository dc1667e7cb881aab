#include "osler/core/deciding_score.h"

#include <array>
#include <limits>
#include <utility>

namespace osler {
namespace {

constexpr std::array<std::pair<DecidingScore, std::string_view>, 4> kNames{{
    {DecidingScore::letter, "letter"},
    {DecidingScore::text, "text"},
    {DecidingScore::text_per_byte, "text_per_byte"},
    {DecidingScore::text_given_question, "text_given_question"},
}};

}  // namespace

std::string_view name_of(DecidingScore score) { return kNames.at(static_cast<std::size_t>(score)).second; }

std::optional<DecidingScore> deciding_score_from(std::string_view name) {
  for (const auto& [score, known] : kNames) {
    if (known == name) return score;
  }
  return std::nullopt;
}

double value_of(DecidingScore score, const OptionScore& option, std::string_view text) {
  switch (score) {
    case DecidingScore::letter:
      return option.letter_logprob;
    case DecidingScore::text:
      return option.text_logprob;
    case DecidingScore::text_per_byte:
      if (text.empty()) break;
      return option.text_logprob / static_cast<double>(text.size());
    case DecidingScore::text_given_question:
      return option.text_logprob - option.unconditional_logprob;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace osler
