#include "osler/storage/json_reader.h"

#include <charconv>
#include <cstring>
#include <system_error>

#include "osler/core/utf8.h"

namespace osler {
namespace {

/// Whether a byte of a string stands for itself and is ASCII.
constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= ' ' && byte < 0x80 && c != '"' && c != '\\';
}

constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = kOnes * 0x80U;

/// Whether all of eight bytes are plain. Byte by byte, x - n borrows into its high bit where x < n, and x is 0 where
/// x - 1 borrows; a byte that borrows from its neighbour comes after one that is not plain itself.
bool all_plain(std::uint64_t bytes) {
  const std::uint64_t quotes = bytes ^ (kOnes * '"');
  const std::uint64_t backslashes = bytes ^ (kOnes * '\\');
  const std::uint64_t borrowed = (bytes - kOnes * ' ') | (quotes - kOnes) | (backslashes - kOnes) | bytes;
  return (borrowed & kHighBits) == 0;
}

/// How many plain bytes the text begins with.
std::size_t plain_length(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (!all_plain(bytes)) break;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

/// How many bytes beyond ASCII the text begins with.
std::size_t high_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80) ++at;
  return at;
}

void append_utf8(std::uint32_t code_point, std::string& out) {
  const auto last_six = [](std::uint32_t bits) { return static_cast<char>(0x80U | (bits & 0x3FU)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += {static_cast<char>(0xC0U | (code_point >> 6U)), last_six(code_point)};
  } else if (code_point < 0x10000) {
    out += {static_cast<char>(0xE0U | (code_point >> 12U)), last_six(code_point >> 6U), last_six(code_point)};
  } else {
    out += {static_cast<char>(0xF0U | (code_point >> 18U)), last_six(code_point >> 12U), last_six(code_point >> 6U),
            last_six(code_point)};
  }
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What an escape of two characters stands for; 0 if it is none.
constexpr char escaped(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool JsonReader::key(std::string_view& out) {
  if (!take('"')) return false;
  const std::size_t size = plain_length(text_.substr(at_));
  out = text_.substr(at_, size);
  at_ += size;
  return at_ < text_.size() && text_[at_++] == '"';
}

bool JsonReader::string(std::string& out) {
  out.clear();
  if (!take('"')) return false;
  while (at_ < text_.size()) {
    const std::size_t plain = plain_length(text_.substr(at_));
    const std::size_t high = high_length(text_.substr(at_ + plain));
    if (high > 0 && !is_utf8(text_.substr(at_ + plain, high))) return false;
    out.append(text_, at_, plain + high);
    at_ += plain + high;
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (is_plain(c)) continue;
    ++at_;
    if (c == '"') return true;
    if (c != '\\' || !escape(out)) return false;
  }
  return false;
}

bool JsonReader::escape(std::string& out) {
  if (at_ >= text_.size()) return false;
  const char c = text_[at_++];
  if (c != 'u') {
    const char meant = escaped(c);
    out += meant;
    return meant != '\0';
  }
  std::uint32_t unit = 0;
  if (!four_digits(unit)) return false;
  // Beyond U+FFFF a character is a pair of surrogates; neither stands alone.
  if (unit >= 0xDC00 && unit <= 0xDFFF) return false;
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    std::uint32_t low = 0;
    if (!text_.substr(at_).starts_with("\\u")) return false;
    at_ += 2;
    if (!four_digits(low) || low < 0xDC00 || low > 0xDFFF) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00);
  }
  append_utf8(unit, out);
  return true;
}

bool JsonReader::four_digits(std::uint32_t& out) {
  if (text_.size() - at_ < 4) return false;
  const char* begin = text_.data() + at_;
  const auto [end, problem] = std::from_chars(begin, begin + 4, out, 16);
  at_ += 4;
  return problem == std::errc() && end == begin + 4;
}

std::size_t JsonReader::pass_digits() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return at_ - begin;
}

bool JsonReader::whole(std::uint64_t& out) {
  constexpr std::size_t kMostDigits = 19;  // of which every number fits
  pass_space();
  const std::size_t begin = at_;
  const std::size_t digits = pass_digits();
  if (digits == 0 || digits > kMostDigits || (digits > 1 && text_[begin] == '0')) return false;
  if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E')) return false;
  std::from_chars(text_.data() + begin, text_.data() + at_, out);
  return true;
}

bool JsonReader::number(double& out) {
  pass_space();
  const std::size_t begin = at_;
  const bool negative = at_ < text_.size() && text_[at_] == '-';
  if (negative) ++at_;
  const std::size_t first = at_;
  const std::size_t digits = pass_digits();
  if (digits == 0 || (digits > 1 && text_[first] == '0')) return false;
  const std::size_t integral = at_;
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (pass_digits() == 0) return false;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    if (pass_digits() == 0) return false;
  }
  // For parse_json -0 is an integer, which has no sign.
  if (negative && at_ == integral) return false;
  const auto [end, problem] = std::from_chars(text_.data() + begin, text_.data() + at_, out);
  return problem == std::errc() && end == text_.data() + at_;
}

bool JsonReader::boolean(bool& out) {
  pass_space();
  const std::string_view rest = text_.substr(at_);
  out = rest.starts_with("true");
  if (!out && !rest.starts_with("false")) return false;
  at_ += out ? 4 : 5;
  return true;
}

bool JsonReader::end() {
  pass_space();
  return at_ == text_.size();
}

}  // namespace osler
