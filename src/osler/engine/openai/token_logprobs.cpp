#include "osler/engine/openai/token_logprobs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "osler/engine/letter_piece.h"
#include "osler/engine/openai/json_fields.h"

namespace osler::openai {
namespace {

/// Servers write this for what they do not know.
constexpr double kUnknown = -9999.0;

/// The tokens of the answer, or null.
const Json* tokens_of(const Json& choice) {
  const Json* content = member(member(&choice, "logprobs"), "content");
  return content != nullptr && content->is_array() ? content : nullptr;
}

/// A part of a character has no text of its own, but bytes.
std::optional<std::string> bytes_of(const Json& token) {
  const Json* bytes = member(&token, "bytes");
  if (bytes == nullptr || !bytes->is_array()) return std::nullopt;
  std::string piece;
  for (const auto& byte : *bytes) {
    if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 0xFFU) return std::nullopt;
    piece += static_cast<char>(byte.get<std::uint64_t>());
  }
  return piece;
}

std::optional<NamedToken> named_token(const Json& token) {
  const Json* text = member(&token, "token");
  const Json* logprob = member(&token, "logprob");
  if (text == nullptr || !text->is_string() || logprob == nullptr || !logprob->is_number()) return std::nullopt;
  NamedToken named{bytes_of(token).value_or(text->get<std::string>()), logprob->get<double>()};
  if (!std::isfinite(named.logprob) || named.logprob > 0.0) named.logprob = std::min(named.logprob, 0.0);
  return named;
}

std::string_view without_spaces(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1);
}

/// Where a text stands among the tokens that spell it: thoughts that the server keeps apart stand before it, the end of
/// the turn behind it, and white space around it may be cut off.
std::optional<std::size_t> start_of(std::string_view text, std::string_view spelt,
                                    const std::vector<std::size_t>& ends) {
  constexpr std::size_t kMostBehind = 4;
  for (std::size_t behind = 0; behind < std::min(kMostBehind, ends.size()); ++behind) {
    std::string_view all = spelt.substr(0, ends[ends.size() - 1 - behind]);
    if (all.ends_with(text)) return all.size() - text.size();
    all = all.substr(0, all.find_last_not_of(" \t\n\r") + 1);
    if (all.ends_with(text)) return all.size() - text.size();
  }
  return std::nullopt;
}

/// Answers end with their letter; a long text in which "A" stands again and again keeps the last ones.
constexpr std::size_t kMostMarks = 64;

}  // namespace

std::vector<NamedToken> first_token_alternatives(const Json& choice) {
  std::vector<NamedToken> found;
  const Json* tokens = tokens_of(choice);
  if (tokens == nullptr || tokens->empty()) return found;
  const Json& first = tokens->front();
  if (const Json* likeliest = member(&first, "top_logprobs"); likeliest != nullptr && likeliest->is_array()) {
    for (const auto& token : *likeliest) {
      auto named = named_token(token);
      if (named && named->logprob > kUnknown) found.push_back(std::move(*named));
    }
  }
  if (auto own = named_token(first); found.empty() && own && own->logprob > kUnknown) found.push_back(std::move(*own));
  return found;
}

std::vector<double> letter_logprobs(const std::vector<NamedToken>& named, const OptionQuestion& question) {
  std::vector<double> scores(question.options.size(), std::numeric_limits<double>::quiet_NaN());
  double least = 0.0;
  for (const auto& token : named) least = std::min(least, token.logprob);
  bool any = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    double probability = 0.0;
    for (const auto& token : named) {
      if (without_spaces(token.piece) == question.options[i].letter) probability += std::exp(token.logprob);
    }
    if (probability > 0.0) {
      scores[i] = std::min(0.0, std::log(probability));
      any = true;
    }
  }
  if (!any) return scores;
  for (double& score : scores) {
    if (std::isnan(score)) score = std::nextafter(least, -std::numeric_limits<double>::infinity());
  }
  return scores;
}

std::vector<LetterMark> letter_marks(const Json& choice, std::string_view text,
                                     const std::vector<std::string>& letters) {
  std::vector<LetterMark> marks;
  const Json* tokens = tokens_of(choice);
  if (tokens == nullptr || text.empty()) return marks;
  const std::string known = single_letters(letters);
  std::string spelt;
  std::vector<std::size_t> ends;
  for (const auto& token : *tokens) {
    const auto named = named_token(token);
    if (!named) return {};
    if (const auto letter = lone_letter(named->piece, known); letter && named->logprob > kUnknown) {
      marks.push_back({spelt.size() + *letter, named->logprob});
    }
    spelt += named->piece;
    ends.push_back(spelt.size());
  }
  const auto start = start_of(text, spelt, ends);
  if (!start) return {};
  std::erase_if(marks, [&](const LetterMark& mark) { return mark.at < *start || mark.at >= *start + text.size(); });
  for (auto& mark : marks) mark.at -= *start;
  if (marks.size() > kMostMarks) marks.erase(marks.begin(), marks.end() - kMostMarks);
  return marks;
}

}  // namespace osler::openai
