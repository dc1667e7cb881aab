#include <optional>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/patterns.h"
#include "osler/grade/rules.h"

namespace osler::grade {
namespace {

/// "B. Pulmonary embolism", taken apart.
struct Lettered {
  std::size_t option = 0;
  char letter = 'A';
  std::string_view rest;
  bool glued_hyphen = false;  ///< "C-reactive protein": more often a word than a letter and a text.
  bool bare = false;          ///< Nothing but a space between: "B Pulmonary embolism".
};

std::optional<Lettered> take_apart(std::string_view text, const Candidate& candidate) {
  static const RE2 marked("^(?:(?i:option|choice) )?\\(?([A-Z])\\)?\\s*([.):,-]|\xE2\x80\x93|\xE2\x80\x94)(\\s*)",
                          bytewise());
  static const RE2 bracketed("^\\(([A-Z])\\)\\s+", bytewise());
  // A and I are words.
  static const RE2 bare("^([B-HJ-Z])\\s+", bytewise());
  std::string letter, mark, gap;
  re2::StringPiece rest(text);
  Lettered lettered;
  if (RE2::Consume(&rest, marked, &letter, &mark, &gap)) {
    const auto prefix = text.size() - rest.size();
    lettered.glued_hyphen = mark == "-" && gap.empty() && prefix >= 2 && is_letter(text[prefix - 2]);
  } else if (RE2::Consume(&rest, bracketed, &letter)) {
  } else if (RE2::Consume(&rest, bare, &letter)) {
    lettered.bare = true;
  } else {
    return std::nullopt;
  }
  const auto option = candidate.option_of_letter(letter.front());
  lettered.rest = trim(std::string_view(rest.data(), rest.size()));
  if (!option || lettered.rest.empty()) return std::nullopt;
  lettered.option = *option;
  lettered.letter = letter.front();
  return lettered;
}

/// Counts single capital letters in a text that holds nothing else but marks and joining words; 0 for other texts.
std::size_t joined_letters(std::string_view text) {
  constexpr std::string_view kMarks = " ,/&;+()[].|";
  std::size_t letters = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (is_space(text[at]) || kMarks.find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const auto word = text.substr(at, end - at);
    if (word.size() == 1 && is_upper(word.front())) {
      ++letters;
    } else if (word != "and" && word != "or" && word != "both" && word != "either" && word != "Both" &&
               word != "Either") {
      return 0;
    }
    at = end;
  }
  return letters;
}

/// Whether another option is named the same way further on: "A. Pneumonia - no. B. Pulmonary embolism - yes".
bool names_another_option(const Lettered& lettered, Candidate& candidate) {
  const std::string rest = key(lettered.rest);
  const auto& keys = candidate.option_keys();
  constexpr std::string_view kMarks = " .):,-";
  for (std::size_t at = 0; at + 1 < rest.size(); ++at) {
    if (!is_letter(rest[at]) || is_word(rest[at + 1]) || (at > 0 && is_word(rest[at - 1]))) continue;
    const auto option = candidate.option_of_letter(rest[at]);
    if (!option || *option == lettered.option || keys[*option].empty()) continue;
    std::size_t text = at + 1;
    while (text < rest.size() && text < at + 4 && kMarks.find(rest[text]) != std::string_view::npos) ++text;
    if (text == at + 1) continue;
    if (std::string_view(rest).substr(text).starts_with(keys[*option])) return true;
  }
  return false;
}

/// "B is incorrect", "C can be excluded".
bool rejects(std::string_view rest) {
  static const RE2 pattern(
      "(?i)^(?:is|was|are|can|could|should|seems?|looks?|appears?|isn't|can't|cannot|does|doesn't)\\b.{0,80}?"
      "(?:\\b(?:not|cannot|wrong|incorrect|false|excluded|unlikely|ruled out|less likely|eliminated)\\b|n't\\b)"
      "|^(?:isn't|can't|cannot|doesn't)\\b",
      bytewise());
  return RE2::PartialMatch(rest.substr(0, 200), pattern);
}

/// All options in one breath, unless the sentence sets the others off ("B. MRI, not CT or X-ray").
bool lists_all_options(Candidate& candidate) {
  static const RE2 contrast(
      "\\b(?:not|no|rather than|instead of|except|unlike|over|versus|vs|without|because|since)\\b|n't\\b", bytewise());
  return candidate.repeats_all_options() && !RE2::PartialMatch(candidate.mentions().rest, contrast);
}

}  // namespace

bool begins_an_option(char letter, Candidate& candidate) {
  std::optional<std::string> text;
  for (const auto& option : candidate.item().options) {
    const auto trimmed = trim(option);
    if (trimmed.size() < 2 || trimmed.front() != letter || is_word(trimmed[1])) continue;
    const auto wanted = squashed(trimmed);
    if (wanted.size() < 2) continue;
    if (!text) text = squashed(std::string_view(candidate.plain()).substr(0, 4096));
    if (text->starts_with(wanted)) return true;
  }
  return false;
}

Verdict single_letter(Candidate& candidate) {
  Verdict verdict;
  if (candidate.text().size() == 1) verdict.option = candidate.option_of_letter(candidate.text().front());
  verdict.by_letter = true;
  return verdict;
}

Verdict letter_phrase(Candidate& candidate) {
  // The letter needs something before it, else "options" would be option S of nineteen.
  static const RE2 phrase("(?i)(?:the )?(?:correct )?(?:option|choice|answer)(?: is)?(?:[: ]+\\(?|\\()([a-z])\\)?",
                          bytewise());
  Verdict verdict;
  constexpr std::size_t kLongest = 64;
  if (candidate.item().options.empty() || candidate.text().size() > kLongest) return verdict;
  std::string letter;
  if (RE2::FullMatch(candidate.text(), phrase, &letter)) verdict.option = candidate.option_of_letter(letter.front());
  verdict.by_letter = true;
  return verdict;
}

Verdict letter_with_text(Candidate& candidate) {
  Verdict verdict;
  if (candidate.item().options.empty()) return verdict;
  const auto text = trim(candidate.plain());
  const auto lettered = take_apart(text, candidate);
  const std::string rest_key = lettered ? key(lettered->rest) : std::string();
  const auto named = lettered ? candidate.option_of_text(lettered->rest, rest_key) : std::nullopt;
  if (!named && joined_letters(text) >= 2) {
    verdict.stopped_by = "multiple_letters";
    return verdict;
  }
  if (!lettered) return verdict;
  if (!named) {
    if (lettered->glued_hyphen || begins_an_option(lettered->letter, candidate)) return verdict;
    if (lettered->bare && rejects(lettered->rest)) return verdict;
    if (names_another_option(*lettered, candidate)) {
      verdict.stopped_by = "multiple_letters";
      return verdict;
    }
    if (candidate.repeats_question() || lists_all_options(candidate)) return verdict;
    if (candidate.no_answer() == "refusal") return verdict;
  }
  verdict.option = lettered->option;
  verdict.by_letter = true;
  verdict.conflict = named.has_value() && *named != lettered->option;
  return verdict;
}

}  // namespace osler::grade
