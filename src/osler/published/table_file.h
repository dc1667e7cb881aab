#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/stats/audit/claims.h"

namespace osler::published {

/// What stands beside a table: published/*.yaml, or NAME.yaml beside NAME.csv.
struct TableSource {
  std::string title = {};
  std::string citation = {};
  std::string url = {};
  std::vector<audit::Claim> claims = {};
};

/// Parses one; errors name the line of `file`.
[[nodiscard]] Result<TableSource> parse_table_source(const std::string& text, const std::string& file);

/// A table's text, the name that errors use, and what stands beside it; without a file beside it, nothing does.
struct TableFile {
  std::string text = {};
  std::string file = {};
  TableSource source = {};
};

/// A table by name (those that travel in the binary) or by path (anything that ends in .csv or .tsv).
[[nodiscard]] Result<TableFile> find_table(const std::string& name_or_path);

/// The names of those in the binary.
[[nodiscard]] std::vector<std::string> table_names();

}  // namespace osler::published
