#include "osler/grade/peers/python_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

#include "osler/grade/characters.h"
#include "osler/grade/peers/python_text.h"

namespace osler::grade::python {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits of every script as ASCII ones and white space as spaces, which is what float() looks at; other characters
/// beyond ASCII as a byte that is in no number.
std::string plain_number(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_character(text);
    text.remove_prefix(character.bytes);
    if (const auto digit = decimal_value(character.code)) {
      out += static_cast<char>('0' + *digit);
    } else if (is_space(character.code)) {
      out += ' ';
    } else {
      out += character.code < 0x80 ? static_cast<char>(character.code) : '\x7F';
    }
  }
  return out;
}

/// A number as it is spelled, without its sign.
struct Spelling {
  std::string digits;  ///< Before and after the point, which stands after the first `whole` of them.
  std::size_t whole = 0;
  std::int64_t exponent = 0;
};

constexpr std::int64_t kHugeExponent = 1'000'000'000;

/// Reads digits, single underscores between them allowed; false if an underscore stands elsewhere.
bool read_digits(std::string_view& text, std::string& digits) {
  char last = '\0';
  for (; !text.empty() && (is_digit(text.front()) || text.front() == '_'); text.remove_prefix(1)) {
    if (text.front() == '_' && !is_digit(last)) return false;
    last = text.front();
    if (last != '_') digits += last;
  }
  return last != '_';
}

bool read_exponent(std::string_view& text, Spelling& number) {
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  if (!read_digits(text, digits) || digits.empty()) return false;
  for (const char digit : digits) number.exponent = std::min(kHugeExponent, number.exponent * 10 + (digit - '0'));
  if (negative) number.exponent = -number.exponent;
  return true;
}

std::optional<Spelling> spelling_of(std::string_view text) {
  Spelling number;
  if (!read_digits(text, number.digits)) return std::nullopt;
  number.whole = number.digits.size();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (text.starts_with('_') || !read_digits(text, number.digits)) return std::nullopt;
  }
  if (number.digits.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    if (!read_exponent(text, number)) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return number;
}

double value_of(const Spelling& number) {
  const std::size_t first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) return 0.0;
  const std::string plain = "0" + number.digits.substr(0, number.whole) + "." + number.digits.substr(number.whole) +
                            "e" + std::to_string(number.exponent);
  double value = 0.0;
  const auto read = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  const auto magnitude = static_cast<std::int64_t>(number.whole) - static_cast<std::int64_t>(first) + number.exponent;
  return magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

std::optional<double> named_number(std::string_view text) {
  const auto is = [text](std::string_view name) { return text.size() == name.size() && starts_with_lower(text, name); };
  if (is("inf") || is("infinity")) return std::numeric_limits<double>::infinity();
  if (is("nan")) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

/// A text as the patterns of extract_numbers see it, character by character.
class NumberText {
 public:
  explicit NumberText(std::string_view text) : text_(code_points(text)) {}

  [[nodiscard]] std::size_t size() const { return text_.size(); }
  [[nodiscard]] bool is(std::size_t at, char32_t c) const { return at < text_.size() && text_[at] == c; }
  [[nodiscard]] bool digit(std::size_t at) const { return at < text_.size() && decimal_value(text_[at]).has_value(); }
  [[nodiscard]] bool word(std::size_t at) const { return at < text_.size() && is_word(text_[at]); }
  /// Where the run of digits at this place ends.
  [[nodiscard]] std::size_t digits_end(std::size_t at) const {
    while (digit(at)) ++at;
    return at;
  }
  /// An exponent, "e-3", as the patterns have it; its end, or none.
  [[nodiscard]] std::optional<std::size_t> exponent_end(std::size_t at) const {
    if (!is(at, U'e') && !is(at, U'E')) return std::nullopt;
    ++at;
    if (is(at, U'+') || is(at, U'-')) ++at;
    if (!digit(at)) return std::nullopt;
    return digits_end(at);
  }
  [[nodiscard]] double value(std::size_t begin, std::size_t end) const {
    std::string number;
    for (std::size_t i = begin; i < end; ++i) {
      if (const auto figure = decimal_value(text_[i])) {
        number += static_cast<char>('0' + *figure);
      } else if (text_[i] != U',') {
        number += static_cast<char>(text_[i]);
      }
    }
    return to_float(number).value_or(0.0);
  }

 private:
  std::u32string text_;
};

using Ends = std::optional<std::size_t> (*)(const NumberText&, std::size_t);

/// "1,234,567" between word boundaries. A last group that runs on into a word is given back.
std::optional<std::size_t> with_commas(const NumberText& text, std::size_t at) {
  if (at > 0 && text.word(at - 1)) return std::nullopt;
  std::size_t end = at;
  while (end < at + 3 && text.digit(end)) ++end;
  if (end == at) return std::nullopt;
  const auto group_follows = [&text](std::size_t place) {
    return text.is(place, U',') && text.digit(place + 1) && text.digit(place + 2) && text.digit(place + 3);
  };
  std::size_t groups = 0;
  for (; group_follows(end); end += 4) ++groups;
  if (text.word(end)) {
    if (groups == 0) return std::nullopt;
    --groups;
    end -= 4;
  }
  if (groups == 0) return std::nullopt;
  return end;
}

/// "1.5e-3"; the exponent must be there.
std::optional<std::size_t> scientific(const NumberText& text, std::size_t at) {
  if (!text.digit(at)) return std::nullopt;
  const std::size_t whole = text.digits_end(at);
  if (text.is(whole, U'.') && text.digit(whole + 1)) return text.exponent_end(text.digits_end(whole + 1));
  return text.exponent_end(whole);
}

/// "1.5", ".5" or "15", not followed by an exponent, a comma or a digit.
std::optional<std::size_t> simple(const NumberText& text, std::size_t at) {
  const auto ends_there = [&text](std::size_t end) {
    return !text.exponent_end(end) && !text.is(end, U',') && !text.digit(end);
  };
  const std::size_t whole = text.digits_end(at);
  if (text.is(whole, U'.') && text.digit(whole + 1)) {
    const std::size_t end = text.digits_end(whole + 1);
    if (ends_there(end)) return end;
  }
  if (whole > at && !text.word(whole) && ends_there(whole)) return whole;
  return std::nullopt;
}

/// re.findall: a minus sign belongs to the number behind it.
void find_all(const NumberText& text, Ends ends, std::vector<double>& numbers) {
  for (std::size_t at = 0; at < text.size();) {
    const bool minus = text.is(at, U'-');
    const auto end = ends(text, minus ? at + 1 : at);
    if (end) {
      numbers.push_back(text.value(at, *end));
      at = *end;
    } else {
      // What does not match from the first digit of a run does not from the others either.
      at = text.digit(at) ? text.digits_end(at) : at + 1;
    }
  }
}

}  // namespace

std::optional<double> to_float(std::string_view text) {
  const std::string plain = plain_number(text);
  std::string_view rest = trim(plain);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  std::optional<double> value = named_number(rest);
  if (!value) {
    const auto number = spelling_of(rest);
    if (!number) return std::nullopt;
    value = value_of(*number);
  }
  return negative ? -*value : *value;
}

double round(double value, int digits) {
  // The largest double has 309 digits before the point.
  std::array<char, 400> decimal{};
  const auto written = std::to_chars(decimal.begin(), decimal.end(), value, std::chars_format::fixed, digits);
  if (written.ec != std::errc()) return value;
  double rounded = value;
  std::from_chars(decimal.data(), written.ptr, rounded);
  return rounded;
}

std::vector<double> extract_numbers(std::string_view text) {
  const NumberText characters(text);
  std::vector<double> numbers;
  for (const Ends ends : {with_commas, scientific, simple}) find_all(characters, ends, numbers);
  return numbers;
}

}  // namespace osler::grade::python
