#include "osler/report/escape.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "osler/core/utf8.h"

namespace osler::report {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [point](const Range& range) { return range.first <= point && point <= range.last; });
}

void append(std::string& text, char32_t point) {
  const auto put = [&text](char32_t byte) { text.push_back(static_cast<char>(static_cast<std::uint8_t>(byte))); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

// Bytes of the sequence that a lead byte starts (Unicode, table 3-7); 0 if it starts none.
std::size_t length_of(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// Takes one code point off the front; a byte that fits no sequence is taken alone, as U+FFFD.
char32_t take(std::string_view& rest) {
  const auto byte = [&rest](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  const auto length = length_of(byte(0));
  char32_t point = length == 1 ? byte(0) : byte(0) & (0xFFu >> (length + 1));
  bool valid = length > 0 && length <= rest.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xC0) == 0x80;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  valid = valid && point >= kSmallest[length] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
  rest.remove_prefix(valid ? length : 1);
  return valid ? point : kReplacement;
}

template <class Map>
std::string mapped(std::string_view bytes, Map map) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) append(text, map(take(bytes)));
  return text;
}

// C1 controls, line separators, and the invisible marks that turn the reading direction around.
constexpr std::array<Range, 6> kUnsafe{
    {{0x80, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}}};

char32_t shown(char32_t point) {
  if (point < 0x20) return 0x2400 + point;
  if (point == 0x7F) return 0x2421;
  return in(kUnsafe, point) ? kReplacement : point;
}

constexpr std::array<Range, 7> kNoWidth{{{0x300, 0x36F},
                                         {0x200B, 0x200D},
                                         {0x1AB0, 0x1AFF},
                                         {0x1DC0, 0x1DFF},
                                         {0x20D0, 0x20FF},
                                         {0xFE00, 0xFE0F},
                                         {0xFE20, 0xFE2F}}};

constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0x1F300, 0x1FAFF},
                                      {0x20000, 0x3FFFD}}};

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         static_cast<std::uint8_t>(byte) >= 0x80;
}

// Only what changes how the text is shown, so that "[60.2, 71.9]" and "Q4_K_M" stay readable in the source: a bracket
// needs a second one behind it to be a link, and an underscore inside a word is never emphasis.
bool needs_backslash(std::string_view text, std::size_t i) {
  switch (text[i]) {
    case '_':
      return i == 0 || i + 1 == text.size() || !is_word(text[i - 1]) || !is_word(text[i + 1]);
    case ']':
      return i + 1 < text.size() && std::string_view("([:").find(text[i + 1]) != std::string_view::npos;
    default:
      return std::string_view("\\`*|~$").find(text[i]) != std::string_view::npos;
  }
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  return mapped(bytes, [](char32_t point) { return point; });
}

std::string printable(std::string_view bytes) { return mapped(bytes, shown); }

std::string printable_beginning(std::string_view bytes, std::size_t columns) {
  auto whole = printable(bytes);
  if (display_width(whole) <= columns) return whole;
  return printable(utf8_beginning(bytes, columns)) + "...";
}

std::size_t display_width(std::string_view printable_text) {
  std::size_t width = 0;
  while (!printable_text.empty()) {
    const auto point = take(printable_text);
    width += in(kNoWidth, point) ? 0u : in(kWide, point) ? 2u : 1u;
  }
  return width;
}

std::string markdown_text(std::string_view bytes) {
  const auto text = printable(bytes);
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') {
      escaped += "&lt;";
    } else if (text[i] == '&') {
      escaped += "&amp;";
    } else {
      if (needs_backslash(text, i)) escaped += '\\';
      escaped += text[i];
    }
  }
  return escaped;
}

std::string csv_field(std::string_view bytes) {
  auto text = mapped(bytes, [](char32_t point) { return point == 0 ? kReplacement : point; });
  const bool edges = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!edges && text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"') quoted += '"';
    quoted += byte;
  }
  return quoted + '"';
}

}  // namespace osler::report
