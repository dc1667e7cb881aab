#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "osler/stats/audit/sizes.h"

namespace osler::audit {

/// One model's printed average beside what its columns give.
struct AverageRow {
  std::size_t model = 0;
  Printed printed = {};
  double mean = 0.0;     ///< Over the columns that the average is taken to be of, as it is taken to be.
  bool holds = true;     ///< Within what rounding the columns and the average can make.
  bool in_range = true;  ///< No mean of any weights lies outside of the least and the greatest of all columns.
};

/// What an average column averages.
struct AverageCheck {
  std::size_t average = 0;                 ///< Of Table::averages.
  std::vector<std::size_t> members = {};   ///< Benchmarks whose mean it fits best, all of them if that fits.
  std::vector<std::size_t> left_out = {};  ///< The others.
  bool weighted = false;                   ///< By n, where n of all columns is known and more rows fit so.
  std::vector<AverageRow> rows = {};       ///< Models with the average and all members.
  std::size_t fitting = 0;                 ///< Of the rows.
  std::size_t incomplete = 0;              ///< Models with an average but without one of the members.
};

/// Over the values for all items. All columns are tried first; where a row does not fit, every set of two or more of at
/// most 12 columns, of which the one that fits most of the first 200 models is taken, the largest of several; last, all
/// columns weighted by their numbers of items.
[[nodiscard]] std::vector<AverageCheck> check_averages(const Grid& grid, std::span<const ColumnSizes> columns);

}  // namespace osler::audit
