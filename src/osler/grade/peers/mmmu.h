#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/grade/peers/verdicts.h"

/// MMMU's own evaluator (MMMU-Benchmark/MMMU), eval/eval_utils.py.
namespace osler::grade::mmmu {

/// parse_multi_choice_response. Letters count in capitals only, and of several found the one that stands last. Rules:
///   bracket_letter    "(B)" stands somewhere;
///   spaced_letter     else, "B" with a space (no other white space) or an end of the text at each side;
///   mentioned_option  else, in a text of more than five words, an option's text stands somewhere, also inside a word;
///   random_guess      nothing: the tool draws; there is no option.
[[nodiscard]] ChosenOption parse_multi_choice_response(std::span<const std::string> options, std::string_view response);

/// An answer as eval_open compares it: a text in lower case, or a number rounded to two decimals.
using OpenValue = std::variant<std::string, double>;

struct OpenValues {
  std::vector<OpenValue> values;  ///< Without repeats among the numbers.
  bool phrase_found = false;      ///< Whether a line has one of the phrases; else the whole text is the first value.
};

/// parse_open_response: of every line the shortest end after "is ", "so ", "answer " and the like (in the last line
/// after "=" as well), and all numbers in these.
[[nodiscard]] OpenValues parse_open_response(std::string_view response);

/// eval_open: the first value that is right, because it is the gold number or holds the gold text.
[[nodiscard]] std::optional<std::size_t> eval_open(std::string_view gold, const std::vector<OpenValue>& values);

/// Both parsers as grades; yes/no items are choices between their two options. Rules of open items: "tail_phrase" or
/// "whole_text" says where the value comes from, "empty" that there is none.
[[nodiscard]] Grade grade_choice(const Item& item, std::string_view response);
[[nodiscard]] Grade grade_open(const Item& item, std::string_view response);

}  // namespace osler::grade::mmmu
