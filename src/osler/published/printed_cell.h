#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace osler::published {

/// A number as a table prints it, before it is known what it is a number of.
struct PrintedNumber {
  std::int64_t digits = 0;  ///< Without the point: 61.40 is 6140 with 2 decimals.
  int decimals = 0;
  bool percent = false;  ///< A % stands behind it.
};

enum class CellKind { missing, number, text };

struct PrintedCell {
  CellKind kind = CellKind::missing;
  PrintedNumber number = {};
  std::string text = {};  ///< Without marks; of every kind.
};

/// A cell without what tables put around values: spaces, bold and italic marks (* _ ~ and backslashes of markdown),
/// signs of footnotes (the card suits, lozenges, daggers, superscript numbers), and an error behind "±". Empty cells,
/// dashes, "n/a" and the like are missing. A comma between groups of three digits separates thousands. Numbers of
/// more than nine decimals are rounded to nine; signs and exponents do not make a number.
[[nodiscard]] PrintedCell read_cell(std::string_view raw);

}  // namespace osler::published
