#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "osler/dataset/rows.h"

namespace osler {

/// The rows of a parquet file, see for_each_row; `wanted` may be empty for all columns.
[[nodiscard]] Status for_each_parquet_row(const std::filesystem::path& file, const std::vector<std::string>& wanted,
                                          const std::function<Status(Row&&)>& accept);

/// Its columns, in order.
[[nodiscard]] Result<std::vector<std::string>> parquet_columns(const std::filesystem::path& file);

}  // namespace osler
