#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "osler/report/summary.h"

namespace osler::report {

/// A run and its rows: what every reporter starts from.
struct RunSummary {
  const RunGrades* run = nullptr;  ///< Never null; lives as long as the report is being made.
  std::vector<SummaryRow> rows = {};
};

struct Column {
  std::string header = {};
  bool number = true;      ///< Aligned to the right.
  bool names_run = false;  ///< Says which run a row belongs to; repeats from row to row.
  std::size_t spare = 0;   ///< Where room is short, columns leave in order 1, 2, ...; 0 stays always.
};

/// A report for human eyes, ready but for the format: numbers are rounded, names are not yet escaped.
struct Sheet {
  std::string title = {};
  std::vector<std::string> warnings = {};
  std::vector<Column> columns = {};
  std::vector<std::vector<std::string>> rows = {};  ///< One cell for each column.
  std::vector<std::string> notes = {};
};

[[nodiscard]] Sheet make_sheet(std::span<const RunSummary> runs);

}  // namespace osler::report
