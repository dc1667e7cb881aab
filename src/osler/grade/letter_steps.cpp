#include <algorithm>
#include <array>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/lenient.h"
#include "osler/grade/patterns.h"
#include "osler/grade/running_text.h"

namespace osler::grade {
namespace {

/// A line is judged by this much of it.
constexpr std::size_t kLine = 512;

Reading read_letter(std::string_view line, const DressedLetter& letter) {
  Reading reading;
  reading.verdict.option = letter.option;
  reading.verdict.by_letter = true;
  reading.piece = line.substr(letter.at, 1);
  return reading;
}

/// Whether a line other than this one begins as an option in a list does: the text goes through the options.
bool lists_options_beside(std::string_view line, std::string_view text, const Candidate& candidate) {
  for (auto other = next_line(text, 0); !other.empty(); other = next_line(text, end_of(other, text))) {
    if (other.data() == line.data()) continue;
    const auto head = other.substr(0, kLine);
    if (head.starts_with("II. ") || head.starts_with("II) ") || listed_letter(head, candidate)) return true;
  }
  return false;
}

/// "B. ..." as the strict rule reads it, unless the rest of the line speaks against the letter.
Reading read_listed(std::string_view line, const DressedLetter& letter, FreeText& text) {
  if (lone_letter(line, text.whole())) return read_letter(line, letter);
  const auto head = line.substr(letter.at, kLine);
  const auto rest = line.substr(letter.end);
  if (rejects(rest) || joined_with_letter(line, letter.end, text.whole())) return {};
  if (brackets_another(rest.substr(0, kLine), letter.option, text.whole())) return {};
  Candidate candidate(head, text.item());
  Reading reading = read_letter(line, letter);
  reading.verdict = letter_with_text(candidate);
  if (!reading.read()) return {};
  // "C. difficile": a name is abbreviated.
  static const RE2 name("^\\. [a-z]", bytewise());
  if (RE2::PartialMatch(rest, name)) {
    const std::string spoken = key(rest.substr(0, kLine));
    if (!spoken.starts_with(text.whole().option_keys()[letter.option])) return {};
  }
  return reading;
}

/// The end of a response that is its conclusion: "so B", "I choose (B)", "the diagnosis is B", "所以选B".
const RE2& conclusion() {
  static const RE2 pattern(
      "(?:(?:\\b(?i:so|therefore|thus|hence|choose|select|pick|go(?:ing)? (?:with|for)|opt "
      "for|is)\\b|应选|选择|选|是|为)"
      "[\\s:,]*(?i:the )?(?i:(?:correct |best )?(?:option|choice|letter) |选项)?|\\b(?i:option|choice) ) *"
      "[*_\"'`$(\\[{]{0,8}"
      "([A-Z]|[(\\[][a-z][)\\]])[*_\"'`$)\\]}.!\\s]{0,16}$",
      bytewise());
  return pattern;
}

bool clause_speaks_against(std::string_view clause) {
  static const RE2 pattern(
      "(?i)\\b(?:not|cannot|unable|doubt|wrong|incorrect|exclud\\w+|eliminat\\w+|rule[sd]? "
      "out|unlikely|except|if|whether|least|never|or|"
      "nor|between|versus|than)\\b|n't\\b|不|没|非|排除|错|如果",
      bytewise());
  return RE2::PartialMatch(clause, pattern);
}

/// Where the first line ends and the last one begins.
struct Ends {
  std::size_t first = 0;
  std::size_t last = 0;

  explicit Ends(std::string_view all) {
    const auto trimmed = trim(all);
    const auto shift = static_cast<std::size_t>(trimmed.data() - all.data());
    first = shift + std::min(trimmed.find('\n'), trimmed.size());
    const auto last_break = trimmed.rfind('\n');
    last = shift + (last_break == std::string_view::npos ? 0 : last_break + 1);
  }
};

/// Whether the text of its option stands beside a bracketed letter at [begin, end).
bool beside_its_text(std::string_view all, std::size_t begin, std::size_t end, const std::string& wanted) {
  if (wanted.empty()) return false;
  const std::size_t from = begin - std::min(begin, kLine);
  if (key(all.substr(from, begin - from)).ends_with(wanted)) return true;
  return key(all.substr(end, kLine)).starts_with(wanted);
}

/// "Figure (A)", "grade (B)": the letter names something else than an option.
bool names_something_else(std::string_view before) {
  static const RE2 label(
      "(?i)\\b(?:figures?|fig\\.?|panels?|images?|views?|grade|stage|types?|groups?|class|parts?|arrows?|"
      "label(?:l?ed)?|points?|vitamin|hepatitis|influenza|leads?|zone|segment|level|structure|curve|sample)"
      "[\\s:]*$",
      bytewise());
  return RE2::PartialMatch(before, label);
}

}  // namespace

Reading first_line_letter(FreeText& text) {
  if (text.starts_late() || text.item().options.empty()) return {};
  const auto line = next_line(text.text(), 0);
  const auto letter = listed_letter(line.substr(0, kLine), text.whole());
  if (!letter || lists_options_beside(line, text.text(), text.whole())) return {};
  return read_listed(line, *letter, text);
}

Reading last_line_letter(FreeText& text) {
  if (text.item().options.empty()) return {};
  const auto line = last_line(text.text());
  if (const auto letter = lone_letter(line, text.whole())) return read_letter(line, *letter);
  // A letter with its own text says it twice.
  const auto letter = listed_letter(line.substr(0, kLine), text.whole());
  if (!letter || line.size() > kLine || lists_options_beside(line, text.text(), text.whole())) return {};
  const auto rest = line.substr(letter->end);
  if (text.whole().option_of_text(rest, key(rest)) != letter->option) return {};
  return read_letter(line, *letter);
}

Reading concluding_line(FreeText& text) {
  if (text.item().options.empty()) return {};
  auto line = last_line(text.text());
  if (line.size() > kLine) line.remove_prefix(line.size() - kLine);
  re2::StringPiece whole, said;
  std::array<re2::StringPiece, 2> parts;
  if (!conclusion().Match(line, 0, line.size(), RE2::UNANCHORED, parts.data(), 2)) return {};
  whole = parts[0];
  said = parts[1];
  const char letter = said.size() == 1 ? said[0] : said[1];
  const auto option = text.whole().option_of_letter(letter);
  if (!option) return {};
  const auto begin = static_cast<std::size_t>(whole.data() - line.data());
  const auto before = line.substr(0, begin);
  const auto mark = before.find_last_of(",;.:!?");
  const auto clause = line.substr(mark == std::string_view::npos ? 0 : mark + 1);
  if (clause_speaks_against(clause)) return {};
  Reading reading;
  reading.verdict.option = *option;
  reading.verdict.by_letter = true;
  reading.piece = std::string_view(said.data() + (said.size() == 1 ? 0 : 1), 1);
  return reading;
}

Reading bracketed_letter(FreeText& text) {
  static const RE2 pattern("\\(([A-Z])\\)|\\*\\*\\(?([A-Z])(?:\\)?\\*\\*|[.):])", bytewise());
  constexpr std::size_t kBefore = 24;
  constexpr std::size_t kMost = 4096;  // more letters than that are no reasoning
  const auto all = text.text();
  const Ends ends(all);
  std::array<std::string_view, kLetters> stands{};
  std::array<bool, kLetters> rejected{};
  std::array<bool, kLetters> said_to_be_it{};
  std::array<re2::StringPiece, 3> parts;
  std::size_t at = 0;
  std::size_t letters = 0;
  while (pattern.Match(all, at, all.size(), RE2::UNANCHORED, parts.data(), 3)) {
    const auto begin = static_cast<std::size_t>(parts[0].data() - all.data());
    at = begin + parts[0].size();
    if (++letters > kMost) return {};
    const auto said = parts[1].data() != nullptr ? parts[1] : parts[2];
    const auto option = text.whole().option_of_letter(said[0]);
    if (!option || (begin > 0 && is_word(all[begin - 1]))) continue;
    const std::size_t from = begin - std::min(begin, kBefore);
    if (names_something_else(all.substr(from, begin - from))) continue;
    rejected[*option] = rejected[*option] || rejects(all.substr(at));
    if (!said_to_be_it[*option]) stands[*option] = std::string_view(said.data(), 1);
    // Elsewhere a bracketed letter may be a symbol: "Youden's index (J)".
    said_to_be_it[*option] = said_to_be_it[*option] || begin < ends.first || begin >= ends.last ||
                             beside_its_text(all, begin, at, text.whole().option_keys()[*option]);
  }
  Reading reading;
  for (std::size_t option = 0; option < kLetters; ++option) {
    if (stands[option].empty() || rejected[option]) continue;
    if (reading.read()) return {};
    reading.verdict.option = option;
    reading.verdict.by_letter = true;
    reading.piece = stands[option];
  }
  if (reading.read() && !said_to_be_it[*reading.verdict.option]) return {};
  return reading;
}

}  // namespace osler::grade
