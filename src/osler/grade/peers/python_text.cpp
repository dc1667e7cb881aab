#include "osler/grade/peers/python_text.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <vector>

#include "osler/grade/characters.h"
#include "osler/grade/peers/unicode_tables.h"

namespace osler::grade::python {
namespace {

constexpr char32_t kEscapedByte = 0xDC00;  // Python's surrogateescape: U+DC80..U+DCFF
constexpr char32_t kSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kDottedCapitalI = 0x130;

/// The entry that holds the code point, or nullptr; entries ascend.
template <class Entry, std::size_t Count>
const Entry* entry_of(const Entry (&entries)[Count], char32_t code) {
  const auto* after = std::upper_bound(std::begin(entries), std::end(entries), code,
                                       [](char32_t value, const Entry& entry) { return value < entry.first; });
  if (after == std::begin(entries)) return nullptr;
  const Entry* entry = std::prev(after);
  return code <= entry->last ? entry : nullptr;
}

/// Runs of every second letter interleave (small between capitals), but never share a first code point, so the run
/// that may hold a code point is one of the last two before it.
char32_t lower(char32_t code) {
  const auto* after = std::upper_bound(std::begin(kLower), std::end(kLower), code,
                                       [](char32_t value, const LowerRun& run) { return value < run.first; });
  for (int back = 0; back < 2 && after != std::begin(kLower); ++back) {
    --after;
    if (code <= after->last && (code - after->first) % after->step == 0) {
      return static_cast<char32_t>(static_cast<std::int64_t>(code) + after->added);
    }
  }
  return code;
}

/// Whether the capital sigma between the two is the last letter of a word. Characters such as full stops and colons are
/// looked past; the way to the next sigma is the longest, so all sigmas of a text take linear time.
bool ends_word(std::string_view before, std::string_view after) {
  const auto ignored = [](char32_t code) { return entry_of(kIgnored, code) != nullptr; };
  const auto cased = [](char32_t code) { return entry_of(kCased, code) != nullptr; };
  while (!before.empty() && ignored(last_character(before).code)) before.remove_suffix(last_character(before).bytes);
  if (before.empty() || !cased(last_character(before).code)) return false;
  while (!after.empty() && ignored(first_character(after).code)) after.remove_prefix(first_character(after).bytes);
  return after.empty() || !cased(first_character(after).code);
}

Character escaped(char byte) { return {kEscapedByte + static_cast<unsigned char>(byte), 1}; }

std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/// Neither longer than need be, nor half of a pair, nor beyond the last one.
bool is_valid(char32_t code, std::size_t bytes) {
  if (bytes == 3) return code >= 0x800 && (code < 0xD800 || code > 0xDFFF);
  return bytes != 4 || (code >= 0x10000 && code <= 0x10FFFF);
}

void append(std::string& out, char32_t code) {
  const auto byte = [&out](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
  }
  byte(0x80U | (code & 0x3FU));
}

}  // namespace

Character first_character(std::string_view text) {
  assert(!text.empty());
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = sequence_length(lead);
  if (bytes == 0 || text.size() < bytes) return escaped(text.front());
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!is_continuation(text[i])) return escaped(text.front());
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return is_valid(code, bytes) ? Character{code, bytes} : escaped(text.front());
}

Character last_character(std::string_view text) {
  assert(!text.empty());
  for (std::size_t bytes = 1; bytes <= std::min<std::size_t>(4, text.size()); ++bytes) {
    const auto tail = text.substr(text.size() - bytes);
    if (is_continuation(tail.front())) continue;
    const Character character = first_character(tail);
    if (character.bytes == bytes) return character;
    break;
  }
  return escaped(text.back());
}

bool is_space(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F);
  return entry_of(kSpace, code) != nullptr;
}

bool is_word(char32_t code) {
  if (code < 0x80) return grade::is_word(static_cast<char>(code)) || code == '_';
  return entry_of(kWord, code) != nullptr;
}

std::optional<int> decimal_value(char32_t code) {
  const CodeRange* range = entry_of(kDecimal, code);
  if (range == nullptr) return std::nullopt;
  return static_cast<int>((code - range->first) % 10);
}

std::u32string code_points(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    out += character.code;
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::size_t length(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(first_character(text).bytes);
  return count;
}

std::string lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const Character character = first_character(rest);
    if (character.code < 0x80) {
      out += to_lower(rest.front());
    } else if (character.code == kDottedCapitalI) {
      out += "i\u0307";
    } else if (character.code == kSigma) {
      append(out, ends_word(text.substr(0, at), rest.substr(character.bytes)) ? kFinalSigma : lower(kSigma));
    } else if (const char32_t small = lower(character.code); small != character.code) {
      append(out, small);
    } else {
      out += rest.substr(0, character.bytes);
    }
    at += character.bytes;
  }
  return out;
}

std::string_view strip(std::string_view text) {
  while (!text.empty()) {
    const Character first = first_character(text);
    if (!is_space(first.code)) break;
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    const Character last = last_character(text);
    if (!is_space(last.code)) break;
    text.remove_suffix(last.bytes);
  }
  return text;
}

std::string_view strip(std::string_view text, char c) {
  while (!text.empty() && text.front() == c) text.remove_prefix(1);
  while (!text.empty() && text.back() == c) text.remove_suffix(1);
  return text;
}

std::string_view before_first(std::string_view text, std::string_view separator) {
  return text.substr(0, text.find(separator));
}

std::string_view after_last(std::string_view text, std::string_view separator) {
  for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    text.remove_prefix(at + separator.size());
  }
  return text;
}

std::string without(std::string_view text, std::string_view piece) {
  std::string out;
  out.reserve(text.size());
  for (auto at = text.find(piece); at != std::string_view::npos; at = text.find(piece)) {
    out += text.substr(0, at);
    text.remove_prefix(at + piece.size());
  }
  return out += text;
}

std::optional<Occurrences> occurrences(std::string_view text, std::string_view needle) {
  if (needle.empty()) return Occurrences{0, text.size()};
  if (needle.size() > text.size()) return std::nullopt;
  // Knuth, Morris and Pratt: border[i] is the length of the longest proper border of the first i + 1 bytes.
  std::vector<std::size_t> border(needle.size(), 0);
  for (std::size_t i = 1, matched = 0; i < needle.size(); ++i) {
    while (matched > 0 && needle[i] != needle[matched]) matched = border[matched - 1];
    if (needle[i] == needle[matched]) ++matched;
    border[i] = matched;
  }
  std::optional<Occurrences> found;
  for (std::size_t i = 0, matched = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != needle[matched]) matched = border[matched - 1];
    if (text[i] == needle[matched]) ++matched;
    if (matched < needle.size()) continue;
    const std::size_t begin = i + 1 - needle.size();
    if (!found) found = Occurrences{begin, begin};
    found->last = begin;
    matched = border[matched - 1];
  }
  return found;
}

bool contains(std::string_view text, std::string_view needle) { return occurrences(text, needle).has_value(); }

bool word_before(std::string_view text, std::size_t at) {
  return at > 0 && is_word(last_character(text.substr(0, at)).code);
}

bool word_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_word(first_character(text.substr(at)).code);
}

std::optional<Span> span_of(std::string_view piece, std::string_view into, std::string_view original) {
  if (into.size() != original.size() || piece.data() < into.data() ||
      piece.data() + piece.size() > into.data() + into.size()) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(piece.data() - into.data());
  return Span{begin, begin + piece.size()};
}

}  // namespace osler::grade::python
