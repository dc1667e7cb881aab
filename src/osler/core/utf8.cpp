#include "osler/core/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace osler {
namespace {

/// Length of the UTF-8 sequence beyond ASCII that starts with `first`, or 0.
std::size_t sequence_length(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  if (first >= 0xF0 && first <= 0xF4) return 4;
  return 0;
}

/// The second byte has a narrower range after these firsts (RFC 3629, section 4).
bool second_byte_fits(unsigned char first, unsigned char second) {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second <= 0x9F;
  if (first == 0xF0) return second >= 0x90;
  if (first == 0xF4) return second <= 0x8F;
  return true;
}

/// How many bytes of ASCII the text begins with; most texts are nothing else, so eight are looked at in one step.
std::size_t ascii_length(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if ((bytes & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// Every control character (C0, DEL, and C1, which takes two bytes) as "?", but for those in `kept`.
std::string without_controls(std::string_view text, std::string_view kept) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    const bool two_bytes = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
    const bool one_byte = (byte < 0x20 || byte == 0x7F) && kept.find(text[at]) == std::string_view::npos;
    out += one_byte || two_bytes ? '?' : text[at];
    if (two_bytes) ++at;
  }
  return out;
}

}  // namespace

bool is_utf8(std::string_view text) {
  std::size_t at = ascii_length(text);
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
      at += ascii_length(text.substr(at));
      continue;
    }
    const std::size_t length = sequence_length(first);
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if (!is_continuation(static_cast<char>(byte)) || (i == 1 && !second_byte_fits(first, byte))) return false;
    }
    at += length;
  }
  return true;
}

std::string_view utf8_beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  constexpr std::size_t kLongestTail = 3;
  std::size_t end = bytes;
  while (end > 0 && bytes - end < kLongestTail && is_continuation(text[end])) --end;
  return text.substr(0, is_continuation(text[end]) ? bytes : end);
}

std::string printable_line(std::string_view text) { return without_controls(text, ""); }

std::string printable_text(std::string_view text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    lines += text[at];
  }
  return without_controls(lines, "\n\t");
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace osler
