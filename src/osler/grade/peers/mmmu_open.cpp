#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "osler/grade/peers/mmmu.h"
#include "osler/grade/peers/python_number.h"
#include "osler/grade/peers/python_text.h"

namespace osler::grade::mmmu {
namespace {

constexpr std::array<std::string_view, 8> kPhrases = {"could be ",  "so ",    "is ",     "thus ",
                                                      "therefore ", "final ", "answer ", "result "};

/// get_key_subresponses, for one line: the shortest text after the last of any phrase. An empty one gives way to
/// whatever comes next.
std::string_view shortest_tail(std::string_view line, bool is_last) {
  std::string_view shortest;
  std::size_t shortest_length = 0;
  const auto consider = [&](std::string_view phrase) {
    if (line.find(phrase) == std::string_view::npos) return;
    const auto tail = python::strip(python::after_last(line, phrase));
    const std::size_t length = python::length(tail);
    if (shortest.empty() || length < shortest_length) {
      shortest = tail;
      shortest_length = length;
    }
  };
  for (const auto phrase : kPhrases) consider(phrase);
  if (is_last) consider("=");
  return shortest;
}

bool is_lone_mark(std::string_view text) {
  return text.size() == 1 && std::string_view(":,.!?;'").find(text.front()) != std::string_view::npos;
}

std::vector<std::string_view> tails(std::string_view text) {
  std::vector<std::string_view> found;
  for (bool is_last = false; !is_last;) {
    const auto end = text.find('\n');
    is_last = end == std::string_view::npos;
    const auto tail = shortest_tail(text.substr(0, end), is_last);
    if (!tail.empty() && !is_lone_mark(tail)) found.push_back(tail);
    if (!is_last) text.remove_prefix(end + 1);
  }
  return found;
}

/// normalize_str: one value, or two for a lone character, which must not be found inside words.
std::vector<OpenValue> normalise(std::string_view text) {
  text = python::strip(text);
  if (const auto number = python::to_float(python::without(text, ","))) return {python::round(*number, 2)};
  std::string small = python::lower(text);
  if (python::length(small) == 1) return {" " + small, small + " "};
  return {std::move(small)};
}

bool is_right(const OpenValue& value, const OpenValue& gold) {
  if (value.index() != gold.index()) return false;
  if (const auto* number = std::get_if<double>(&value)) return *number == std::get<double>(gold);
  return python::contains(std::get<std::string>(value), std::get<std::string>(gold));
}

std::string shown(const OpenValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return std::string(python::strip(std::get<std::string>(value)));
}

}  // namespace

OpenValues parse_open_response(std::string_view response) {
  const std::string text = python::lower(python::strip(python::strip(response), '.'));
  auto pieces = tails(text);
  OpenValues parsed;
  parsed.phrase_found = !pieces.empty();
  if (pieces.empty()) pieces.emplace_back(text);
  std::unordered_set<double> seen;
  const auto add = [&](OpenValue value) {
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr || seen.insert(*number).second) parsed.values.push_back(std::move(value));
  };
  for (const auto piece : pieces) {
    for (auto& value : normalise(piece)) add(std::move(value));
  }
  for (const auto piece : pieces) {
    for (const double number : python::extract_numbers(piece)) add(python::round(number, 2));
  }
  return parsed;
}

std::optional<std::size_t> eval_open(std::string_view gold, const std::vector<OpenValue>& values) {
  const auto wanted = normalise(gold);
  const auto right = std::ranges::find_if(values, [&wanted](const OpenValue& value) {
    return std::ranges::any_of(wanted, [&value](const OpenValue& one) { return is_right(value, one); });
  });
  if (right == values.end()) return std::nullopt;
  return static_cast<std::size_t>(right - values.begin());
}

Grade grade_open(const Item& item, std::string_view response) {
  if (python::strip(python::strip(response), '.').empty()) return no_answer("empty");
  const OpenValues parsed = parse_open_response(response);
  const auto right = eval_open(item.gold, parsed.values);
  return grade_of_text(shown(parsed.values[right.value_or(0)]), right.has_value(),
                       parsed.phrase_found ? "tail_phrase" : "whole_text");
}

}  // namespace osler::grade::mmmu
