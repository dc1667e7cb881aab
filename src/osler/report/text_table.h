#pragma once

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

}  // namespace osler::report
