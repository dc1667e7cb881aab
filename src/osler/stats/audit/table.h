#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/stats/audit/printed.h"

/// Does a published table hold together? Each check is a pure function of what the table prints.
namespace osler::audit {

/// One printed accuracy. The numbers are indices in the table's lists.
struct Cell {
  std::size_t model = 0;
  std::size_t benchmark = 0;
  std::size_t stratum = 0;
  Printed value = {};
  std::optional<std::uint64_t> n = {};  ///< How many items it is a share of, where the table says so.
};

/// A column that averages others.
struct AverageColumn {
  std::string name = {};
  std::vector<std::optional<Printed>> values = {};  ///< By model.
};

struct Table {
  std::vector<std::string> models = {};
  std::vector<std::string> benchmarks = {};
  std::vector<std::string> strata = {};
  std::vector<Cell> cells = {};  ///< At most one for each model, benchmark and stratum.
  std::vector<AverageColumn> averages = {};
};

/// Where there is no stratum, or the stratum says that there is none.
[[nodiscard]] bool names_all_items(std::string_view stratum);

/// The cells of a table by model, benchmark and stratum. The table must outlive it.
class Grid {
 public:
  explicit Grid(const Table& table);

  [[nodiscard]] const Table& table() const { return *table_; }
  /// nullptr where the table has nothing.
  [[nodiscard]] const Cell* at(std::size_t model, std::size_t benchmark, std::size_t stratum) const;
  /// The stratum that stands for all items; an index beyond the strata if there is none.
  [[nodiscard]] std::size_t overall() const { return overall_; }
  /// The strata that are parts of all items.
  [[nodiscard]] const std::vector<std::size_t>& parts() const { return parts_; }

 private:
  const Table* table_;
  std::vector<std::size_t> cell_of_;  ///< One more than its index; 0 for none.
  std::size_t overall_;
  std::vector<std::size_t> parts_;
};

}  // namespace osler::audit
