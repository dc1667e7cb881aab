#include "osler/stats/audit/table.h"

#include <algorithm>
#include <array>

namespace osler::audit {

bool names_all_items(std::string_view stratum) {
  constexpr std::array<std::string_view, 4> kNames{"", "overall", "all", "total"};
  return std::ranges::find(kNames, stratum) != kNames.end();
}

Grid::Grid(const Table& table)
    : table_(&table),
      cell_of_(table.models.size() * table.benchmarks.size() * table.strata.size(), 0),
      overall_(table.strata.size()) {
  for (std::size_t stratum = 0; stratum < table.strata.size(); ++stratum) {
    if (names_all_items(table.strata[stratum])) {
      overall_ = stratum;
    } else {
      parts_.push_back(stratum);
    }
  }
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    const Cell& cell = table.cells[i];
    cell_of_[(cell.model * table.benchmarks.size() + cell.benchmark) * table.strata.size() + cell.stratum] = i + 1;
  }
}

const Cell* Grid::at(std::size_t model, std::size_t benchmark, std::size_t stratum) const {
  if (stratum >= table_->strata.size()) return nullptr;
  const auto found = cell_of_[(model * table_->benchmarks.size() + benchmark) * table_->strata.size() + stratum];
  return found == 0 ? nullptr : &table_->cells[found - 1];
}

}  // namespace osler::audit
