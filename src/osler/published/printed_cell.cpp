#include "osler/published/printed_cell.h"

#include <algorithm>
#include <array>

namespace osler::published {
namespace {

constexpr int kMostDecimals = 9;
constexpr std::size_t kMostWholeDigits = 9;

constexpr std::array<std::string_view, 34> kMarks{" ", "\t", "\n", "\r", "\u00a0", "*", "_", "~", "\\", "♡", "♥", "◇",
                                                  "◆", "♢",  "♦",  "♠",  "♣",      "†", "‡", "§", "¶",  "★", "☆", "△",
                                                  "▲", "¹",  "²",  "³",  "⁴",      "⁵", "⁶", "⁷", "⁸",  "⁹"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view without_marks(std::string_view text) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto mark : kMarks) {
      if (text.starts_with(mark)) {
        text.remove_prefix(mark.size());
        changed = true;
      }
      if (text.ends_with(mark)) {
        text.remove_suffix(mark.size());
        changed = true;
      }
    }
  }
  return text;
}

bool stands_for_nothing(std::string_view text) {
  constexpr std::array<std::string_view, 13> kNothing{"",    "-",   "--", "–",   "—",   "−",   "/",
                                                      "n/a", "N/A", "NA", "nan", "NaN", "null"};
  return std::ranges::find(kNothing, text) != kNothing.end();
}

/// The whole part without its commas; nullopt if there is no digit or a comma stands elsewhere.
std::optional<std::string> whole_digits(std::string_view text) {
  constexpr std::size_t kGroup = 3;
  std::string digits;
  const auto first = text.find(',');
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool separator = first != std::string_view::npos && i >= first && (i - first) % (kGroup + 1) == 0;
    if (separator ? text[i] != ',' : !is_digit(text[i])) return std::nullopt;
    if (!separator) digits += text[i];
  }
  if (first != std::string_view::npos && (first == 0 || first > kGroup || (text.size() - first) % (kGroup + 1) != 0)) {
    return std::nullopt;
  }
  return digits;
}

std::optional<PrintedNumber> read_number(std::string_view text) {
  PrintedNumber number;
  if (text.ends_with('%')) {
    number.percent = true;
    text = without_marks(text.substr(0, text.size() - 1));
  }
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = whole_digits(text.substr(0, point));
  auto decimals = text.substr(std::min(point + 1, text.size()));
  if (!whole || whole->size() + decimals.size() == 0 || whole->size() > kMostWholeDigits) return std::nullopt;
  if (!std::ranges::all_of(decimals, is_digit)) return std::nullopt;
  for (const char digit : *whole) number.digits = 10 * number.digits + (digit - '0');
  const bool round_up = decimals.size() > kMostDecimals && decimals[kMostDecimals] >= '5';
  decimals = decimals.substr(0, kMostDecimals);
  for (const char digit : decimals) number.digits = 10 * number.digits + (digit - '0');
  number.digits += round_up ? 1 : 0;
  number.decimals = static_cast<int>(decimals.size());
  return number;
}

}  // namespace

PrintedCell read_cell(std::string_view raw) {
  PrintedCell cell;
  const auto text = without_marks(raw);
  cell.text = std::string(text);
  if (stands_for_nothing(text)) return cell;
  const auto value = without_marks(text.substr(0, text.find("±")));
  const auto number = read_number(value);
  cell.kind = number ? CellKind::number : CellKind::text;
  if (number) cell.number = *number;
  return cell;
}

}  // namespace osler::published
