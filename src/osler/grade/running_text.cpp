#include "osler/grade/running_text.h"

#include <algorithm>

#include "osler/grade/characters.h"
#include "osler/grade/patterns.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {
namespace {

/// No answer wears more marks than this on one side.
constexpr std::size_t kMarks = 24;
/// What follows an answer is judged by its beginning.
constexpr std::size_t kGlance = 160;

constexpr std::string_view kOpening = "*_\"'`$([{<";
constexpr std::string_view kClosing = "*_\"'`$)]}>";

char at_or_zero(std::string_view text, std::size_t at) { return at < text.size() ? text[at] : '\0'; }

/// Length of one opening mark at this place: one of kOpening, \( or \[, or \text{ and its kin, boxes excepted (an
/// unclosed box is none, and a closed one was read before). 0 if there is none.
std::size_t opening(std::string_view text, std::size_t at) {
  const char c = at_or_zero(text, at);
  if (c == '\0') return 0;
  if (kOpening.find(c) != std::string_view::npos) return 1;
  if (c != '\\') return 0;
  const char next = at_or_zero(text, at + 1);
  if (next == '(' || next == '[') return at_or_zero(text, at + 2) == ' ' ? 3 : 2;
  std::size_t end = at + 1;
  while (end < text.size() && end < at + kMarks && is_letter(text[end])) ++end;
  const auto name = text.substr(at + 1, end - at - 1);
  if (at_or_zero(text, end) != '{' || !is_dressing(name) || name.ends_with("box") || name == "boxed") return 0;
  return end + 1 - at;
}

std::size_t closing(std::string_view text, std::size_t at) {
  const char c = at_or_zero(text, at);
  if (c == '\'') return is_word(at_or_zero(text, at + 1)) ? 0 : 1;  // "B's" is a word
  if (c != '\0' && kClosing.find(c) != std::string_view::npos) return 1;
  const char next = at_or_zero(text, at + 1);
  return c == '\\' && (next == ')' || next == ']') ? 2 : 0;
}

bool is_pair(char open, char close) {
  return (open == '(' && close == ')') || (open == '[' && close == ']') || (open == '{' && close == '}');
}

/// Without the marks of a heading, a quotation or a list.
std::string_view without_line_marks(std::string_view line) {
  line = trim(line);
  std::size_t marks = 0;
  while (
      marks < line.size() && marks < kMarks &&
      (line[marks] == '#' || line[marks] == '>' || line[marks] == '-' || line[marks] == '+' || is_space(line[marks]))) {
    ++marks;
  }
  if (line.starts_with("* ")) marks = 2;
  return line.substr(marks);
}

}  // namespace

std::optional<DressedLetter> dressed_letter(std::string_view text, std::size_t at, const Candidate& candidate) {
  const std::size_t begin = at;
  for (std::size_t length = opening(text, at); length > 0 && at < begin + kMarks; length = opening(text, at)) {
    at += length;
  }
  if (at >= text.size()) return std::nullopt;
  const auto option = candidate.option_of_letter(text[at]);
  const char next = at_or_zero(text, at + 1);
  const char before = at > 0 ? text[at - 1] : '\0';
  if (!option || is_word(next) || (at == begin && is_word(before))) return std::nullopt;
  if (!is_upper(text[at]) && !is_pair(before, next)) return std::nullopt;
  DressedLetter letter{*option, at, at + 1, false};
  for (std::size_t length = closing(text, letter.end); length > 0 && letter.end < at + kMarks;
       length = closing(text, letter.end)) {
    letter.end += length;
    letter.closed = true;
  }
  if (next == '\'' && !letter.closed) return std::nullopt;
  return letter;
}

bool answer_ends(std::string_view text, std::size_t end) {
  static const RE2 pattern(
      "^(?:[ \\t]*(?:$|[\\n,:;!?|(\\[{]|\\\\[)\\]]|\\.(?:$|\\D)|\xE2\x80\x93|\xE2\x80\x94|因为|由于|选项|项|-[- \\n])"
      "|[ \\t\\n]+(?i:because|since|as|due|which|for|given|based|but|not|rather|while|whereas|with)\\b)",
      bytewise());
  return RE2::PartialMatch(text.substr(std::min(end, text.size()), kGlance), pattern);
}

bool joined_with_letter(std::string_view text, std::size_t end, const Candidate& candidate) {
  static const RE2 joint("^[ \\t]*(?:,|/|&|\\+|;|、|和|或|与|及)?[ \\t]*(?i:and/or\\b|and\\b|or\\b)?[ \\t]*",
                         bytewise());
  const auto rest = text.substr(std::min(end, text.size()), kGlance);
  re2::StringPiece after(rest);
  if (!RE2::Consume(&after, joint)) return false;
  const std::size_t at = rest.size() - after.size();
  if (at == 0) return false;
  if (std::ranges::all_of(rest.substr(0, at), [](char c) { return is_space(c); })) return false;
  const auto other = dressed_letter(rest, at, candidate);
  if (!other) return false;
  // "B, A nodule": an article, or a pronoun.
  const bool word = rest[other->at] == 'A' || rest[other->at] == 'I';
  static const RE2 sentence("^ +[a-z]{2,}", bytewise());
  static const RE2 joining("^ +(?:and|or|are|is)\\b", bytewise());
  const auto behind = rest.substr(other->end);
  return !word || other->closed || !RE2::PartialMatch(behind, sentence) || RE2::PartialMatch(behind, joining);
}

bool brackets_another(std::string_view piece, std::size_t option, const Candidate& candidate) {
  static const RE2 pattern("[(\\[]([A-Z])[)\\]]|\\*\\*([A-Z])\\*\\*", bytewise());
  re2::StringPiece rest(piece);
  for (re2::StringPiece bracketed, bold; RE2::FindAndConsume(&rest, pattern, &bracketed, &bold);) {
    const auto named = candidate.option_of_letter(bracketed.empty() ? bold[0] : bracketed[0]);
    if (named && *named != option) return true;
  }
  return false;
}

bool rejects(std::string_view rest) {
  static const RE2 end_of_clause("(?i)[.;,\\n]|\\b(?:because|since|so|as|while|whereas|therefore)\\b", bytewise());
  static const RE2 pattern(
      "(?i)\\b(?:wrong|incorrect|false|exclude[ds]?|unlikely|ruled? out|eliminated?|less likely|improbable|"
      "(?:not|n't)(?: \\w+)? (?:correct|right|true|the (?:correct |best |right )?(?:answer|option|choice)|consistent|"
      "likely|supported|seen|match|fit|apply|explain|possible|typical))\\b|错误|不正确|不对|不符|排除|不是",
      bytewise());
  const auto glance = rest.substr(0, kGlance);
  re2::StringPiece clause(glance);
  re2::StringPiece stop;
  if (RE2::FindAndConsume(&clause, end_of_clause)) stop = clause;
  const auto length = glance.size() - (stop.data() == nullptr ? 0 : stop.size());
  return RE2::PartialMatch(glance.substr(0, length), pattern);
}

std::optional<DressedLetter> lone_letter(std::string_view line, const Candidate& candidate) {
  const auto inner = without_line_marks(line);
  const auto letter = dressed_letter(inner, 0, candidate);
  if (!letter) return std::nullopt;
  constexpr std::string_view kEnds = ".,;:!*_\"'`$)]}> \t";
  for (const char c : inner.substr(letter->end)) {
    if (kEnds.find(c) == std::string_view::npos) return std::nullopt;
  }
  auto found = *letter;
  const auto shift = static_cast<std::size_t>(inner.data() - line.data());
  found.at += shift;
  found.end += shift;
  return found;
}

std::optional<DressedLetter> listed_letter(std::string_view line, const Candidate& candidate) {
  if (const auto lone = lone_letter(line, candidate)) return lone;
  static const RE2 prefix("^[*_]{0,3}(?i:(?:option|choice) |选项 *)", bytewise());
  const auto inner = without_line_marks(line);
  re2::StringPiece rest(inner);
  RE2::Consume(&rest, prefix);
  const std::size_t begin = inner.size() - rest.size();
  auto letter = dressed_letter(inner, begin, candidate);
  if (!letter || !is_upper(inner[letter->at])) return std::nullopt;
  std::size_t mark = letter->end;
  const bool bracketed = inner[letter->end - 1] == ')' || inner[letter->end - 1] == ']';
  while (mark < inner.size() && inner[mark] == ' ') ++mark;
  const char c = at_or_zero(inner, mark);
  if (!bracketed && c != '.' && c != ':' && c != ')') return std::nullopt;
  const auto shift = static_cast<std::size_t>(inner.data() - line.data());
  letter->at += shift;
  letter->end += shift;
  return letter;
}

std::string_view next_line(std::string_view text, std::size_t from) {
  while (from < text.size() && is_space(text[from])) ++from;
  const auto end = text.find('\n', from);
  return text.substr(std::min(from, text.size()), end == std::string_view::npos ? end : end - from);
}

std::string_view last_line(std::string_view text) {
  text = trim(text);
  const auto begin = text.rfind('\n');
  return begin == std::string_view::npos ? text : text.substr(begin + 1);
}

}  // namespace osler::grade
