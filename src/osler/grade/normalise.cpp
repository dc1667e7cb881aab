#include "osler/grade/normalise.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace osler::grade {
namespace {

/// Replaces `length` bytes of the original by at most two characters.
struct Replacement {
  std::size_t length = 0;
  std::string_view text;
};

constexpr std::string_view kAscii =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

std::optional<Replacement> full_width(unsigned char second, unsigned char third) {
  // U+FF01..FF3F are EF BC 81..BF, U+FF40..FF5E are EF BD 80..9E.
  std::size_t index = kAscii.size();
  if (second == 0xBC && third >= 0x81 && third <= 0xBF) index = third - 0x81U;
  if (second == 0xBD && third >= 0x80 && third <= 0x9E) index = third - 0x80U + 0x3FU;
  if (index >= kAscii.size()) return std::nullopt;
  return Replacement{3, kAscii.substr(index, 1)};
}

std::optional<Replacement> punctuation(std::string_view three) {
  struct Pair {
    std::string_view from, to;
  };
  static constexpr Pair kPairs[] = {{"\u3000", " "}, {"\u2009", " "},  {"\u202F", " "},  {"\u2018", "'"},
                                    {"\u2019", "'"}, {"\u201C", "\""}, {"\u201D", "\""}, {"\u3010", "["},
                                    {"\u3011", "]"}, {"\u3014", "["},  {"\u3015", "]"},  {"\u3002", "."},
                                    {"\u200B", ""},  {"\uFEFF", ""}};
  for (const auto& [from, to] : kPairs) {
    if (three == from) return Replacement{3, to};
  }
  return std::nullopt;
}

/// What stands at the head of rest, if it is to be replaced.
std::optional<Replacement> replacement(std::string_view rest) {
  const auto byte = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
  switch (byte(0)) {
    case '\r':
      return Replacement{byte(1) == '\n' ? 2U : 1U, "\n"};
    case '\b':
      if (rest.substr(1).starts_with("oxed{")) return Replacement{1, "\\b"};
      return std::nullopt;
    case 0xC2:
      if (byte(1) == 0xA0) return Replacement{2, " "};
      return std::nullopt;
    case 0xEF:
      if (const auto ascii = full_width(static_cast<unsigned char>(byte(1)), static_cast<unsigned char>(byte(2)))) {
        return ascii;
      }
      return punctuation(rest.substr(0, 3));
    case 0xE2:
    case 0xE3:
      return punctuation(rest.substr(0, 3));
    default:
      return std::nullopt;
  }
}

/// The bytes with which a replacement can begin.
constexpr bool may_change(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\r' || byte == '\b' || byte == 0xC2 || byte == 0xE2 || byte == 0xE3 || byte == 0xEF;
}

/// How many bytes the text begins with that surely stay: eight in one step are if none of them is beyond ASCII or less
/// than 0x0E, which would make it borrow.
std::size_t staying(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if ((((bytes - kOnes * 0x0E) | bytes) & (kOnes * 0x80)) != 0) break;
  }
  while (at < text.size() && !may_change(text[at])) ++at;
  return at;
}

}  // namespace

Normalised::Normalised(std::string_view original) : text_(original) {
  std::size_t copied = 0;  // everything before it is in storage_, once anything changed
  bool changed = false;
  for (std::size_t at = staying(original); at < original.size(); at += staying(original.substr(at))) {
    const auto change = replacement(original.substr(at));
    if (!change) {
      ++at;
      continue;
    }
    if (!changed) storage_.reserve(original.size() + 16);
    changed = true;
    storage_.append(original.substr(copied, at - copied));
    // Two anchors, so that a span that ends before a deleted mark does not take the mark in.
    anchors_.push_back({storage_.size(), at});
    storage_.append(change->text);
    at += change->length;
    copied = at;
    anchors_.push_back({storage_.size(), at});
  }
  if (!changed) return;
  storage_.append(original.substr(copied));
  text_ = storage_;
}

Span Normalised::original(Span span) const {
  if (anchors_.empty()) return span;
  const auto after = std::upper_bound(anchors_.begin(), anchors_.end(), span.begin,
                                      [](std::size_t at, const Anchor& anchor) { return at < anchor.text; });
  const Anchor from = after == anchors_.begin() ? Anchor{} : *(after - 1);
  const std::size_t begin = from.original + (span.begin - from.text);
  // The end belongs to the last byte inside: of several anchors on it, the first one holds.
  const auto at_end = std::lower_bound(anchors_.begin(), anchors_.end(), span.end,
                                       [](const Anchor& anchor, std::size_t at) { return anchor.text < at; });
  const Anchor to = at_end == anchors_.begin() ? Anchor{} : *(at_end - 1);
  std::size_t end = to.original + (span.end - to.text);
  if (at_end != anchors_.end() && at_end->text == span.end) end = at_end->original;
  return {begin, std::max(begin, end)};
}

std::string normalise(std::string_view text) { return std::string(Normalised(text).text()); }

}  // namespace osler::grade
