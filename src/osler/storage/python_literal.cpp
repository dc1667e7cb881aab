#include "osler/storage/python_literal.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "osler/core/utf8.h"

namespace osler {
namespace {

constexpr std::size_t kMaxDepth = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The value of a hexadecimal digit, or -1.
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

void append_utf8(std::string& out, std::uint32_t character) {
  const auto tail = [character](unsigned shift) { return static_cast<char>(0x80U | ((character >> shift) & 0x3FU)); };
  if (character < 0x80) {
    out += static_cast<char>(character);
  } else if (character < 0x800) {
    out += {static_cast<char>(0xC0U | (character >> 6U)), tail(0)};
  } else if (character < 0x10000) {
    out += {static_cast<char>(0xE0U | (character >> 12U)), tail(6), tail(0)};
  } else {
    out += {static_cast<char>(0xF0U | (character >> 18U)), tail(12), tail(6), tail(0)};
  }
}

/// Reads from left to right and never goes back by more than a prefix. It recurses once for a level of nesting.
class Parser {
 public:
  Parser(std::string_view text, Place place) : text_(text), place_(std::move(place)) {}

  Result<Json> whole() {
    skip_space(true);
    if (at_end()) return wrong("it is empty");
    auto parsed = value();
    if (!parsed) return parsed;
    skip_space(true);
    if (!at_end()) return wrong("it goes on after its end");
    return parsed;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    if (at_end() || peek() != c) return false;
    ++at_;
    return true;
  }

  /// A line ends a literal, unless it is in brackets.
  void skip_space(bool lines) {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\f' ||
                         ((lines || depth_ > 0) && (peek() == '\n' || peek() == '\r')))) {
      ++at_;
    }
  }

  [[nodiscard]] tl::unexpected<Error> wrong_at(std::size_t byte, std::string_view reason,
                                               ErrorCode code = ErrorCode::malformed) const {
    Place place = place_;
    place.byte = place.byte.value_or(0) + byte;
    return fail(code, fmt::format("is not a Python literal that Osler reads ({})", reason), std::move(place),
                "mend the file or fetch it again");
  }
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view reason) const { return wrong_at(at_, reason); }

  Result<Json> value() {
    if (at_end()) return wrong("it breaks off");
    const char c = peek();
    if (c == '[' || c == '(' || c == '{') {
      if (depth_ == kMaxDepth) {
        return wrong_at(at_, fmt::format("it nests more than {} levels deep", kMaxDepth), ErrorCode::limit);
      }
      ++at_;
      ++depth_;
      auto parsed = c == '{' ? dictionary() : sequence(c == '[' ? ']' : ')');
      --depth_;
      return parsed;
    }
    if (starts_string()) return strings();
    if (is_digit(c) || c == '.' || c == '+' || c == '-') return number();
    if (is_letter(c)) return name();
    return wrong("no value begins like this");
  }

  /// After the opening bracket. "(x)" is x in brackets, "(x,)" a tuple.
  Result<Json> sequence(char close) {
    Json list = Json::array();
    bool comma = true;
    bool any_comma = false;
    while (true) {
      skip_space(true);
      if (take(close)) break;
      if (at_end()) return wrong("it breaks off");
      if (!comma) return wrong("a comma is missing");
      auto element = value();
      if (!element) return element;
      list.push_back(std::move(*element));
      skip_space(true);
      comma = take(',');
      any_comma = any_comma || comma;
    }
    if (close == ')' && list.size() == 1 && !any_comma) return std::move(list.front());
    return list;
  }

  Result<Json> dictionary() {
    Json object = Json::object();
    bool comma = true;
    while (true) {
      skip_space(true);
      if (take('}')) return object;
      if (at_end()) return wrong("it breaks off");
      if (!comma) return wrong("a comma is missing");
      if (!starts_string()) return wrong("keys must be strings");
      auto key = strings();
      if (!key) return key;
      skip_space(true);
      if (!take(':')) return wrong("a colon is missing");
      skip_space(true);
      auto element = value();
      if (!element) return element;
      object[key->get_ref<const std::string&>()] = std::move(*element);
      skip_space(true);
      comma = take(',');
    }
  }

  Result<Json> name() {
    const std::size_t begin = at_;
    while (!at_end() && (is_letter(peek()) || is_digit(peek()))) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "True") return Json(true);
    if (word == "False") return Json(false);
    if (word == "None") return Json(nullptr);
    return wrong_at(begin, "a name is no value");
  }

  Result<Json> number();
  Result<Json> whole_number(std::string digits, int base, bool negative, std::size_t begin);

  /// A quote, perhaps after one of the prefixes r and u.
  [[nodiscard]] bool starts_string() const {
    const auto is_quote = [](char c) { return c == '\'' || c == '"'; };
    const char prefix = lower(peek());
    return is_quote(peek()) || ((prefix == 'r' || prefix == 'u') && is_quote(peek(1)));
  }

  Result<Json> strings();
  Status one_string(std::string& out);
  Status escape(std::string& out);
  Status hexadecimal(std::string& out, std::size_t digits);

  std::string_view text_;
  Place place_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

Result<Json> Parser::number() {
  const std::size_t begin = at_;
  const bool negative = peek() == '-';
  if (peek() == '-' || peek() == '+') {
    ++at_;
    skip_space(false);
  }
  const std::size_t first = at_;
  const bool prefixed = peek() == '0' && std::string_view("xob").find(lower(peek(1))) != std::string_view::npos;
  // The longest text that may be a number; then the C++ library judges it.
  bool real = false;
  std::string digits;
  for (; !at_end(); ++at_) {
    const char c = lower(peek());
    const bool exponent_sign = (c == '+' || c == '-') && !digits.empty() && digits.back() == 'e' && !prefixed;
    if (c == '_') {
      // Between two digits (or after 0x), as Python has it.
      if (digits.empty() || hex_value(peek(1)) < 0 || !(hex_value(digits.back()) >= 0 || prefixed)) break;
      continue;
    }
    if (!is_digit(c) && !is_letter(c) && c != '.' && !exponent_sign) break;
    real = real || (!prefixed && (c == '.' || c == 'e'));
    digits += c;
  }
  if (prefixed) {
    const int base = digits[1] == 'x' ? 16 : digits[1] == 'o' ? 8 : 2;
    return whole_number(digits.substr(2), base, negative, begin);
  }
  if (!real) {
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos) {
      return wrong_at(first, "a whole number begins with 0");
    }
    return whole_number(std::move(digits), 10, negative, begin);
  }
  double parsed = 0.0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, parsed);
  if (problem == std::errc::result_out_of_range) return wrong_at(begin, "a number is out of range");
  if (problem != std::errc() || stop != end) return wrong_at(first, "this is no number");
  return Json(negative ? -parsed : parsed);
}

Result<Json> Parser::whole_number(std::string digits, int base, bool negative, std::size_t begin) {
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, magnitude, base);
  constexpr std::uint64_t kMostNegative = std::uint64_t{1} << 63U;
  if (problem == std::errc::result_out_of_range || (negative && magnitude > kMostNegative)) {
    return wrong_at(begin, "a whole number is larger than 64 bits");
  }
  if (problem != std::errc() || stop != end) return wrong_at(begin, "this is no number");
  // The types that parse_json gives.
  if (negative && magnitude > 0) return Json(static_cast<std::int64_t>(-magnitude));
  return Json(magnitude);
}

Result<Json> Parser::strings() {
  std::string joined;
  do {
    const std::size_t begin = at_;
    if (auto status = one_string(joined); !status) return pass(status);
    if (!is_utf8(std::string_view(text_).substr(begin, at_ - begin))) return wrong_at(begin, "a string is not UTF-8");
    skip_space(false);
  } while (starts_string());
  return Json(std::move(joined));
}

Status Parser::one_string(std::string& out) {
  const std::size_t begin = at_;
  const bool raw = lower(peek()) == 'r';
  if (peek() != '\'' && peek() != '"') ++at_;
  const char quote = peek();
  const bool triple = peek(1) == quote && peek(2) == quote;
  at_ += triple ? 3 : 1;
  while (!at_end()) {
    const char c = peek();
    if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
      at_ += triple ? 3 : 1;
      return {};
    }
    if (c == '\0') return wrong("a string has a zero byte");
    if (c == '\\' && !raw) {
      if (auto status = escape(out); !status) return status;
      continue;
    }
    if (c == '\\') {
      // Of a raw string: what follows is kept as well, even a quote.
      out += c;
      ++at_;
      if (at_end()) break;
      if (peek() != '\r' && peek() != '\n') {
        out += peek();
        ++at_;
        continue;
      }
    } else if ((c == '\n' || c == '\r') && !triple) {
      return wrong_at(begin, "a string has no end on its line");
    } else if (c != '\r') {
      out += c;
      ++at_;
      continue;
    }
    // Python reads every kind of line end as one.
    if (peek() == '\r' && peek(1) == '\n') ++at_;
    out += '\n';
    ++at_;
  }
  return wrong_at(begin, "a string has no end");
}

/// At a backslash.
Status Parser::escape(std::string& out) {
  constexpr std::string_view kNames = "\\'\"nrtabfv";
  constexpr std::string_view kMeanings = "\\'\"\n\r\t\a\b\f\v";
  const std::size_t begin = at_++;
  if (at_end()) return wrong_at(begin, "a string has no end");
  const char c = peek();
  if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
    out += kMeanings[known];
    ++at_;
    return {};
  }
  if (c >= '0' && c <= '7') {
    std::uint32_t character = 0;
    for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i, ++at_) {
      character = 8 * character + static_cast<std::uint32_t>(peek() - '0');
    }
    append_utf8(out, character);
    return {};
  }
  if (c == 'x') return hexadecimal(out, 2);
  if (c == 'u') return hexadecimal(out, 4);
  if (c == 'U') return hexadecimal(out, 8);
  if (c == 'N') return wrong_at(begin, "characters by name are not read");
  if (c == '\r' || c == '\n') {
    at_ += std::size_t{c == '\r' && peek(1) == '\n' ? 2U : 1U};
    return {};
  }
  out += '\\';
  return {};
}

/// At the letter of \x, \u or \U.
Status Parser::hexadecimal(std::string& out, std::size_t digits) {
  const std::size_t begin = at_ - 1;
  ++at_;
  std::uint32_t character = 0;
  for (std::size_t i = 0; i < digits; ++i, ++at_) {
    const int digit = hex_value(peek());
    if (digit < 0) return wrong_at(begin, fmt::format("an escape needs {} hexadecimal digits", digits));
    character = 16 * character + static_cast<std::uint32_t>(digit);
  }
  if (character > 0x10FFFF) return wrong_at(begin, "an escape is beyond U+10FFFF");
  if (character >= 0xD800 && character <= 0xDFFF) return wrong_at(begin, "an escape is half of a character");
  append_utf8(out, character);
  return {};
}

}  // namespace

Result<Json> parse_python_literal(std::string_view text, Place place) { return Parser(text, std::move(place)).whole(); }

}  // namespace osler
