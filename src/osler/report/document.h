#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A report of several tables, ready but for the format: numbers are rounded, names are not yet escaped.
namespace osler::report {

enum class Mark {
  none,
  strong,  ///< Significantly best.
  tied,    ///< Not told apart from the best.
};

struct DocumentCell {
  std::string text = {};
  Mark mark = Mark::none;
};

struct DocumentColumn {
  std::string header = {};
  bool number = true;  ///< Aligned to the right.
};

struct DocumentRow {
  std::vector<DocumentCell> cells = {};
  bool rule_above = false;
};

struct DocumentTable {
  std::string title = {};
  std::string label = {};  ///< Of LaTeX: "tab:overall".
  std::vector<DocumentColumn> columns = {};
  std::vector<DocumentRow> rows = {};  ///< As many cells as there are columns.
  std::vector<std::string> notes = {};
};

struct Document {
  std::string title = {};
  std::vector<std::string> warnings = {};
  std::vector<std::string> paragraphs = {};  ///< Below the title.
  std::vector<DocumentTable> tables = {};
  std::vector<std::string> notes = {};  ///< Of all tables.
};

/// For a terminal: "*" behind what is best, "=" behind what is tied.
[[nodiscard]] std::string text_document(const Document& document, std::size_t width);
/// GitHub-flavoured: bold, and "=".
[[nodiscard]] std::string markdown_document(const Document& document);
/// Tables for a paper that loads booktabs: bold, and a raised "=". The notes of all stand below each table, because
/// tables are copied one by one.
[[nodiscard]] std::string latex_document(const Document& document);

/// The tables one after another, an empty line between them; figures as they stand in the tables.
[[nodiscard]] std::string csv_document(const Document& document);

/// Text as LaTeX prints it as it stands.
[[nodiscard]] std::string latex_text(std::string_view bytes);

}  // namespace osler::report
