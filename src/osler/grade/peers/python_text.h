#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/grade.h"

/// The parts of Python's str and re that the other tools' scoring leans on, for UTF-8 text. A byte that is not UTF-8 is
/// a character of its own, U+DC00 plus the byte (as Python's "surrogateescape" has it): neither space, letter nor
/// digit. Every function takes linear time.
namespace osler::grade::python {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;
};

/// Precondition for both: text is not empty.
[[nodiscard]] Character first_character(std::string_view text);
[[nodiscard]] Character last_character(std::string_view text);

[[nodiscard]] bool is_space(char32_t code);                     ///< str.isspace(), and \s.
[[nodiscard]] bool is_word(char32_t code);                      ///< \w: letters and digits of every script, and _.
[[nodiscard]] std::optional<int> decimal_value(char32_t code);  ///< 0..9 for what \d matches.

[[nodiscard]] std::u32string code_points(std::string_view text);
/// len(): code points.
[[nodiscard]] std::size_t length(std::string_view text);

/// str.lower(), a final sigma included.
[[nodiscard]] std::string lower(std::string_view text);

/// str.strip(), and str.strip(c).
[[nodiscard]] std::string_view strip(std::string_view text);
[[nodiscard]] std::string_view strip(std::string_view text, char c);

/// text.split(separator)[0] and text.split(separator)[-1]. Separators are found from the left and do not overlap.
/// Precondition: the separator is not empty; it is short, for the time is that of the product.
[[nodiscard]] std::string_view before_first(std::string_view text, std::string_view separator);
[[nodiscard]] std::string_view after_last(std::string_view text, std::string_view separator);

/// text.replace(piece, ""). Same precondition.
[[nodiscard]] std::string without(std::string_view text, std::string_view piece);

/// Where a text first and last occurs in another, in bytes; occurrences may overlap.
struct Occurrences {
  std::size_t first = 0;
  std::size_t last = 0;
};
/// text.find(needle) and text.rfind(needle), for a needle of any length; the empty one is at both ends.
[[nodiscard]] std::optional<Occurrences> occurrences(std::string_view text, std::string_view needle);
/// needle in text, for a needle of any length.
[[nodiscard]] bool contains(std::string_view text, std::string_view needle);

/// Whether a character that \w matches ends before, or begins at, this byte.
[[nodiscard]] bool word_before(std::string_view text, std::size_t at);
[[nodiscard]] bool word_at(std::string_view text, std::size_t at);

/// Calls visit(word) for every word of text.split(), from the left.
template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = first_character(text.substr(at));
    if (is_space(character.code)) {
      if (begin < at) visit(text.substr(begin, at - begin));
      begin = at + character.bytes;
    }
    at += character.bytes;
  }
  if (begin < text.size()) visit(text.substr(begin));
}

/// Where piece, a view into `into`, stands there; none if `into` is not `original` byte for byte in place, that is,
/// where lower case took more or fewer bytes.
[[nodiscard]] std::optional<Span> span_of(std::string_view piece, std::string_view into, std::string_view original);

}  // namespace osler::grade::python
