#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace osler::report {

/// Columns for a terminal: a header, a rule, rows. Cells must be printable (escape.h).
class TextTable {
 public:
  /// The cells of a column for which `right` is true stand at the right; without it, all at the left.
  explicit TextTable(std::vector<std::string> headers, std::vector<bool> right = {});
  /// All columns but the first at the right.
  [[nodiscard]] static TextTable of_numbers(std::vector<std::string> headers);

  /// As many cells as there are headers.
  void add(std::vector<std::string> cells);

  [[nodiscard]] std::string text() const;

 private:
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> lines_;  ///< The header first.
};

/// Printable text in lines of `width` columns, 0 for one line, with a line feed at the end. Breaks between words; a
/// word longer than the line stays whole, so that a hash or a name can be copied.
[[nodiscard]] std::string wrapped(const std::string& text, std::size_t width);

}  // namespace osler::report
