#include "osler/grade/likelihood.h"

#include <algorithm>
#include <cmath>

#include "osler/grade/characters.h"

namespace osler::grade {
namespace {

std::string_view rule_of(DecidingScore choose) {
  switch (choose) {
    case DecidingScore::letter:
      return "likelihood_letter";
    case DecidingScore::text:
      return "likelihood_text";
    case DecidingScore::text_per_byte:
      return "likelihood_text_per_byte";
    case DecidingScore::text_given_question:
      return "likelihood_text_given_question";
  }
  return {};
}

/// Whether the character at `at` runs on into a word on neither side.
bool stands_alone(std::string_view text, std::size_t at) {
  const bool before = at > 0 && is_word(text[at - 1]);
  const bool behind = at + 1 < text.size() && is_word(text[at + 1]);
  return !before && !behind;
}

}  // namespace

std::vector<double> deciding_scores(const Item& item, const Response& response, DecidingScore choose) {
  std::vector<double> scores;
  if (response.option_scores.size() != item.options.size()) return scores;
  scores.reserve(item.options.size());
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    scores.push_back(value_of(choose, response.option_scores[i], item.options[i]));
  }
  return scores;
}

ChosenByScore choose_by_score(const std::vector<double>& scores, DecidingScore choose) {
  if (scores.empty()) return {"no_option_scores", {}};
  if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) {
    return {"likelihood_not_finite", {}};
  }
  const auto highest = std::ranges::max_element(scores);
  if (std::ranges::count(scores, *highest) > 1) return {"likelihood_tie", {}};
  double sum = 0.0;
  for (const double score : scores) sum += std::exp(score - *highest);
  return {rule_of(choose), static_cast<std::size_t>(highest - scores.begin()), 1.0 / sum};
}

std::optional<double> letter_probability(const Response& response, const Span& span, std::size_t option) {
  if (option >= kLetters) return std::nullopt;
  const char letter = option_letter(option);
  const std::string_view text = response.text;
  for (const auto& mark : response.letter_marks) {
    if (mark.at < span.begin || mark.at >= std::min(span.end, text.size())) continue;
    if (to_upper(text[mark.at]) != letter || !stands_alone(text, mark.at)) continue;
    const double probability = std::exp(mark.logprob);
    if (probability >= 0.0 && probability <= 1.0) return probability;
  }
  return std::nullopt;
}

bool is_lone_letter(std::string_view piece) {
  return std::ranges::count_if(piece, is_word) == 1 && std::ranges::any_of(piece, is_letter);
}

}  // namespace osler::grade
