#include "osler/grade/peers/medevalkit.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <vector>

#include "osler/grade/peers/mmmu.h"
#include "osler/grade/peers/python_text.h"
#include "osler/grade/peers/sequence_matcher.h"

namespace osler::grade::medevalkit {
namespace {

using python::after_last;
using python::before_first;

constexpr std::string_view kNoBox = "None";

/// mathruler's extract_boxed_content: the inside of the last \boxed{, trimmed; "None" where none begins, or it never
/// ends.
std::string_view boxed_content(std::string_view text) {
  constexpr std::string_view kBegin = "\\boxed{";
  const auto begin = text.rfind(kBegin);
  if (begin == std::string_view::npos) return kNoBox;
  const auto content = text.substr(begin + kBegin.size());
  std::size_t depth = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '{') ++depth;
    if (content[i] != '}') continue;
    if (depth == 0) return python::strip(content.substr(0, i));
    --depth;
  }
  return kNoBox;
}

/// utils.py, extract: what stands in all <answer> tags, a space between; the whole text where that is nothing.
std::string tag_content(std::string_view text) {
  constexpr std::string_view kBegin = "<answer>";
  constexpr std::string_view kEnd = "</answer>";
  std::string content;
  for (auto rest = text;;) {
    const auto begin = rest.find(kBegin);
    if (begin == std::string_view::npos) break;
    rest.remove_prefix(begin + kBegin.size());
    const auto end = rest.find(kEnd);
    if (end == std::string_view::npos) break;
    content += rest.substr(0, end);
    content += ' ';
    rest.remove_prefix(end + kEnd.size());
  }
  const auto stripped = python::strip(content);
  return std::string(stripped.empty() ? text : stripped);
}

/// utils.py, parse_response: lower case, the box or the tags opened, and all phrases that announce an answer cut off
/// with what stands before them, in this order.
std::string parse(std::string_view response) {
  static constexpr std::array<std::string_view, 9> kAnnouncements = {
      "**answer**:", "**answer**", "*answer*:",    "**answer:**",    "answer is",
      "answer:",     "答案:",      "final answer", "final answer is"};
  std::string text = python::lower(response);
  if (text.find("boxed") != std::string::npos) {
    text = std::string(boxed_content(text));
  } else if (text.find("<answer>") != std::string::npos) {
    text = tag_content(text);
  }
  std::string_view rest = text;
  for (const auto phrase : kAnnouncements) rest = after_last(rest, phrase);
  return std::string(rest);
}

/// The option that a small letter names.
std::optional<std::size_t> option_of(std::string_view letter, std::size_t options) {
  if (letter.size() != 1 || letter.front() < 'a' || letter.front() > 'z') return std::nullopt;
  const auto option = static_cast<std::size_t>(letter.front() - 'a');
  if (option >= options) return std::nullopt;
  return option;
}

ChosenOption closest(const std::vector<std::string>& choices, std::string_view text) {
  SequenceMatcher matcher(text);
  std::size_t best = 0;
  double highest = 0.0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto ratio = matcher.ratio(choices[i]);
    if (!ratio) return {"too_long"};
    if (*ratio <= highest) continue;
    best = i;
    highest = *ratio;
  }
  return {"closest_option", best};
}

/// Without line ends and full stops, as both judgements of closed questions want it.
std::string parse_short(std::string_view response) {
  return python::without(python::without(parse(response), "\n"), ".");
}

}  // namespace

ChosenOption choose(std::span<const std::string> shown, std::string_view response) {
  assert(!shown.empty());
  const std::string text = python::lower(response);
  const auto first_block = before_first(text, "\n\n");
  if (const auto option = option_of(first_block, shown.size())) {
    return {"first_block", option, python::span_of(first_block, text, response)};
  }
  const auto last_block = before_first(after_last(text, "\n\n"), ".");
  if (const auto option = option_of(last_block, shown.size())) {
    return {"last_block", option, python::span_of(last_block, text, response)};
  }
  const std::string cleaned = python::without(python::lower(python::strip(parse(text))), "\n");
  const auto said = after_last(before_first(cleaned, "."), ":");
  if (const auto option = option_of(said, shown.size())) return {"letter", option};
  std::vector<std::string> choices;
  for (const auto& choice : shown) choices.push_back(python::lower(choice));
  const auto same = std::ranges::find(choices, said);
  if (same != choices.end()) return {"option_text", static_cast<std::size_t>(same - choices.begin())};
  return closest(choices, cleaned);
}

Grade grade_choice(const Item& item, std::string_view response) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    shown.push_back(i < kLetters ? std::string(1, option_letter(i)) + ". " + item.options[i] : item.options[i]);
  }
  return grade_of(item, choose(shown, response));
}

Grade grade_yes_no(const Item& item, std::string_view response) {
  const std::string text = parse_short(response);
  const bool yes = text.find("yes") != std::string::npos;
  const bool no = text.find("no") != std::string::npos;
  if (yes == no) return no_answer(yes ? "both_words" : "neither_word");
  const std::string_view word = yes ? "yes" : "no";
  ChosenOption chosen{yes ? "yes_word" : "no_word"};
  for (std::size_t i = 0; i < item.options.size() && !chosen.option; ++i) {
    if (python::lower(python::strip(item.options[i])) == word) chosen.option = i;
  }
  return grade_of(item, chosen);
}

Grade grade_closed(const Item& item, std::string_view response) {
  const std::string text = parse_short(response);
  const bool correct = item.gold_option && text == python::lower(item.gold);
  ChosenOption chosen{"equal"};
  if (correct) chosen.option = item.gold_option;
  for (std::size_t i = 0; i < item.options.size() && !chosen.option; ++i) {
    if (python::lower(item.options[i]) == text) chosen.option = i;
  }
  if (!chosen.option) return no_answer("other_text");
  Grade grade = grade_of(item, chosen);
  // "yes" is an option of Osler's; where the benchmark spells its gold answer otherwise, the tool finds them unequal.
  grade.outcome = correct ? Outcome::correct : Outcome::wrong;
  grade.score = correct ? 1.0 : 0.0;
  return grade;
}

Grade grade_open(const Item& item, std::string_view response) {
  std::string text = parse(response);
  if (text.empty()) return no_answer("empty");
  if (text == kNoBox) return no_answer("no_box");
  const bool correct = text == python::lower(item.gold);
  return grade_of_text(std::move(text), correct, "equal");
}

Grade grade_mmmu_choice(const Item& item, std::string_view response) {
  std::string tagged;
  std::string_view text = response;
  if (response.find("<answer>") != std::string_view::npos) {
    tagged = tag_content(response);
    text = tagged;
  } else if (response.find("\\boxed") != std::string_view::npos) {
    text = boxed_content(response);
  }
  text = python::strip(text);
  ChosenOption chosen = mmmu::parse_multi_choice_response(item.options, text);
  if (!chosen.option) return random_guess(item);
  if (chosen.span) {
    const auto piece = text.substr(chosen.span->begin, chosen.span->end - chosen.span->begin);
    chosen.span = python::span_of(piece, response, response);
  }
  return grade_of(item, chosen);
}

Grade grade_mmmu_open(std::string_view response) {
  const auto text = python::strip(response);
  if (text.empty()) return no_answer("empty");
  return grade_of_text(std::string(text), false, "single_characters");
}

}  // namespace osler::grade::medevalkit
