#include <algorithm>
#include <iterator>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/patterns.h"
#include "osler/grade/rules.h"

namespace osler::grade {
namespace {

constexpr std::string_view kYes[] = {"yes", "true", "correct", "是", "是的", "有", "可以", "包含"};
constexpr std::string_view kNo[] = {"no", "false", "incorrect", "否", "不是", "没有", "无", "不可以", "不包含"};

/// A letter at either end of what is left of a key without its mention: "pulmonary embolism (b".
std::optional<std::size_t> letter_beside(const std::string& rest, const Candidate& candidate) {
  static const RE2 before("^([a-z])[)\\].:]", bytewise());
  static const RE2 after("[(\\[]([a-z])[)\\]]?$", bytewise());
  std::string letter;
  if (!RE2::PartialMatch(rest, before, &letter) && !RE2::PartialMatch(rest, after, &letter)) return std::nullopt;
  return candidate.option_of_letter(letter.front());
}

}  // namespace

std::string_view yes_or_no(std::string_view key) {
  if (std::ranges::find(kYes, key) != std::end(kYes)) return "yes";
  return std::ranges::find(kNo, key) != std::end(kNo) ? "no" : "";
}

std::string_view leading_yes_or_no(const std::string& key) {
  static const RE2 both(
      "(?:yes|no) *(?:/|\\||&|,|;|-|\\bor\\b|\\band\\b)? *(?:yes|no)\\b.*|(?:yes|no) *(?:/|\\bor\\b).*", bytewise());
  static const RE2 takes_back("no\\b.*\\byes\\b.*", bytewise());
  for (const std::string_view word : {"yes", "no"}) {
    if (!key.starts_with(word)) continue;
    if (key.size() > word.size() && is_word(key[word.size()])) continue;
    if (RE2::FullMatch(key, both) || RE2::FullMatch(key, takes_back)) return "";
    return word;
  }
  return "";
}

bool denies(const std::string& rest) {
  static const RE2 english(
      "\\b(?:not|no|non|except|cannot|unable|without|neither|nor|none|never|absent|absence|negative|unlikely|unclear|"
      "uncertain|excluded?|excludes|excluding|versus|vs|unlike|incorrect|wrong|false|rather than|instead of|ruled? out|"
      "rules out|ruling out)\\b|n't\\b",
      bytewise());
  static const RE2 chinese("不|没|无|非|排除", bytewise());
  return RE2::PartialMatch(rest, english) || RE2::PartialMatch(rest, chinese);
}

Verdict option_text(Candidate& candidate) {
  Verdict verdict;
  if (!candidate.item().options.empty()) verdict.option = candidate.option_of_text(candidate.text(), candidate.key());
  return verdict;
}

Verdict yes_no_word(Candidate& candidate) {
  Verdict verdict;
  if (!candidate.asks_yes_or_no()) return verdict;
  const auto& key = candidate.key();
  if (const auto whole = yes_or_no(key); !whole.empty()) {
    verdict.option = candidate.option_of_word(whole);
  } else if (const auto word = leading_yes_or_no(key); !word.empty() && candidate.no_answer().empty()) {
    verdict.option = candidate.option_of_word(word);
  }
  return verdict;
}

Verdict contained_option(Candidate& candidate) {
  constexpr std::size_t kShortestText = 4;
  constexpr std::size_t kExtra = 20;
  Verdict verdict;
  const auto& keys = candidate.option_keys();
  std::size_t longest = 0;
  for (const auto& key : keys) longest = std::max(longest, code_points(key));
  const std::size_t length = code_points(candidate.key());
  if (keys.empty() || length > 2 * longest + kExtra) return verdict;

  const auto& mentions = candidate.mentions();
  if (std::ranges::count(mentions.option, true) != 1) return verdict;
  const auto option = static_cast<std::size_t>(std::ranges::find(mentions.option, true) - mentions.option.begin());
  const std::size_t option_length = code_points(keys[option]);
  if (option_length < kShortestText || length > 2 * option_length + kExtra) return verdict;
  // Options that share a key and differ in text were not told apart before, and are not here.
  if (candidate.option_of_text({}, keys[option]) != option) return verdict;
  if (denies(mentions.rest) || !candidate.no_answer().empty()) return verdict;
  verdict.option = option;
  const auto letter = letter_beside(mentions.rest, candidate);
  verdict.conflict = letter.has_value() && *letter != option;
  return verdict;
}

Verdict open_text(Candidate& candidate) {
  Verdict verdict;
  if (candidate.item().kind != Kind::open || candidate.key().empty()) return verdict;
  if (const auto step = candidate.no_answer(); !step.empty()) {
    verdict.stopped_by = step;
  } else {
    verdict.text = std::string(candidate.text());
  }
  return verdict;
}

}  // namespace osler::grade
