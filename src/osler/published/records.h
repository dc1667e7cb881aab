#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/published/printed_cell.h"

namespace osler::published {

/// Tables that people write are small; more is another kind of file.
inline constexpr std::size_t kMostBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMostColumns = 200;
inline constexpr std::size_t kMostRows = 20'000;

struct Record {
  std::uint64_t line = 0;
  std::vector<PrintedCell> cells = {};  ///< As many as there are columns.
};

/// A small CSV file in memory.
struct Records {
  std::string file = {};
  std::vector<std::string> columns = {};  ///< As the header writes them, without marks.
  std::vector<Record> rows = {};

  /// The first column with one of these names, whatever the case; columns.size() if none has.
  [[nodiscard]] std::size_t find(std::initializer_list<std::string_view> names) const;
};

/// Reads CSV text (tabs where the name ends in .tsv); two columns of one name, and a table beyond the limits, are
/// errors.
[[nodiscard]] Result<Records> read_records(std::string text, const std::string& file);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace osler::published
