#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/storage/json.h"

namespace osler {

/// One record of a data file: an object from column to value.
struct Row {
  std::uint64_t number = 0;  ///< 0-based in its file.
  Json fields;
};

/// The columns of a data file (for json and jsonl: the keys of the first record).
/// `format` is one of the card's: parquet, json, jsonl, csv, tsv.
[[nodiscard]] Result<std::vector<std::string>> columns_of(const std::filesystem::path& file, const std::string& format);

/// How a data file is read.
struct RowFormat {
  std::string format;                       ///< One of the card's: parquet, json, jsonl, csv, tsv.
  std::vector<std::string> columns;         ///< Those that are wanted; others may be left out of the rows.
  std::vector<std::string> base64_columns;  ///< Of text files: cells hold an image in base64, or several.
};

/// Calls `accept` for every record, in file order, until one fails.
/// From parquet only `columns` are read; text stays text ("NA" and "" are not missing values).
/// A parquet column of structs with a `bytes` field arrives as {"path": ...}, or null: pixels are read when they are
/// needed. Its other single values arrive as text.
[[nodiscard]] Status for_each_row(const std::filesystem::path& file, const RowFormat& format, const std::function<Status(Row&&)>& accept);

}  // namespace osler
