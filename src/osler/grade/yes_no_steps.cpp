#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/lenient.h"
#include "osler/grade/patterns.h"
#include "osler/grade/running_text.h"

namespace osler::grade {
namespace {

constexpr std::size_t kLine = 512;

/// "No image was provided", "no idea": nothing was looked at, so nothing was denied. "No doubt", "no longer": likewise.
bool denies_something_else(const std::string& key) {
  static const RE2 pattern(
      "\\bno (?:ideas?|clue|information|answer|way to|comment|opinion|doubt|question|longer|matter|wonder)\\b"
      "|\\bno (?:\\w+ )?(?:image|picture|scan|photo|figure|attachment|data)s? (?:is|was|were|are|has|have|had|provided|"
      "given|available|attached|shown|uploaded|included)\\b",
      bytewise());
  return RE2::PartialMatch(key, pattern);
}

/// A Chinese sentence answers with a word and a mark: "是的,...", "没有.". Without the mark the word may begin another:
/// "是否", "有可能", "无法".
std::string_view leading_chinese(const std::string& key) {
  static const RE2 pattern("^(是的|是|有的|有|可以|包含|对)[,.;:!]|^(不是的|不是|不|否|没有|无|不可以|不包含)[,.;:!]",
                           bytewise());
  re2::StringPiece yes, no;
  if (!RE2::PartialMatch(key, pattern, &yes, &no)) return "";
  return yes.empty() ? "no" : "yes";
}

/// A line that is a word for yes or no and nothing else.
std::string_view lone_word(std::string_view line) {
  if (line.size() > kLine) return "";
  return yes_or_no(key(line));
}

Reading read_word(std::string_view word, std::string_view piece, FreeText& text) {
  Reading reading;
  if (!word.empty()) reading.verdict.option = text.whole().option_of_word(word);
  reading.piece = piece;
  return reading;
}

std::size_t count_words(std::string_view key) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : key) {
    const bool space = is_space(c);
    words += !space && !inside ? 1U : 0U;
    inside = !space;
  }
  return words;
}

}  // namespace

Reading leading_yes_no(FreeText& text) {
  if (text.starts_late() || !text.whole().asks_yes_or_no()) return {};
  const auto& key = text.whole().key();
  auto word = leading_yes_or_no(key);
  if (word.empty()) word = leading_chinese(key);
  if (word.empty() || denies_something_else(key.substr(0, kLine)) || !text.whole().no_answer().empty()) return {};
  // "Yes, it looks so at first ... \n No": the text contradicts itself.
  const auto last = lone_word(last_line(text.text()));
  if (!last.empty() && last != word) return {};
  return read_word(word, trim(text.text()), text);
}

Reading lone_yes_no(FreeText& text) {
  constexpr std::size_t kWords = 6;
  if (!text.whole().asks_yes_or_no()) return {};
  const auto line = last_line(text.text());
  // A text that begins with yes or no and ends with the other was left unread before, and is here.
  static const RE2 begins("^(?:yes|no)\\b", bytewise());
  const bool leads = !text.starts_late() && RE2::PartialMatch(text.whole().key(), begins);
  if (const auto word = lone_word(line); !word.empty() && !leads) return read_word(word, trim(line), text);
  const auto piece = trim(text.text());
  if (piece.size() > kLine || piece.ends_with('?')) return {};
  const auto& key = text.whole().key();
  if (count_words(key) > kWords || denies_something_else(key)) return {};
  static const RE2 turned("\\b(?:not|nor|or|if|whether)\\b|n't\\b", bytewise());
  if (RE2::PartialMatch(key, turned)) return {};
  const bool yes = find_words(key, "yes") != std::string::npos;
  const bool no = find_words(key, "no") != std::string::npos;
  if (yes == no) return {};
  return read_word(yes ? "yes" : "no", piece, text);
}

}  // namespace osler::grade
