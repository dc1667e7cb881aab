#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"
#include "osler/storage/json.h"

namespace osler {

/// What the first records of a file have in one column. Counts are of cells; an empty one counts for nothing.
struct ColumnFacts {
  std::string name;
  bool in_first_record = false;  ///< Columns that a card needs must be there: see columns_of().
  std::uint64_t filled = 0;
  std::uint64_t picture_names = 0;    ///< Names of picture files, also several in a list.
  std::uint64_t embedded = 0;         ///< Pictures inside a parquet file.
  std::uint64_t base64 = 0;           ///< Texts that begin like a picture in base64.
  std::uint64_t option_lists = 0;     ///< Lists of at least two texts, or objects by letter.
  std::uint64_t json_literals = 0;    ///< Texts that spell a list or an object as JSON does.
  std::uint64_t python_literals = 0;  ///< As Python does, and JSON does not.
  std::uint64_t characters = 0;       ///< Of all texts.
  std::uint64_t longest = 0;          ///< Characters (bytes) of the longest text.
  std::map<std::string, std::uint64_t> values =
      {};  ///< Trimmed texts, numbers included, with how many cells have them.

  /// True if there are such cells, and they are most of the filled ones.
  [[nodiscard]] bool mostly(std::uint64_t count) const { return count > 0 && 2 * count >= filled; }
};

/// The first records of a data file.
struct DataSample {
  std::string format;                ///< As a card names it.
  std::vector<ColumnFacts> columns;  ///< In the file's order (of JSON: by name).
  std::vector<Json> rows;            ///< Objects; long texts are cut.
  bool whole = false;                ///< The file has no more.

  [[nodiscard]] const ColumnFacts* find(std::string_view column) const;
};

/// The format by the file's name: parquet, json, jsonl, csv or tsv.
[[nodiscard]] Result<std::string> format_of(const std::filesystem::path& file);

/// Reads up to a thousand records. A file without records is an error.
[[nodiscard]] Result<DataSample> sample_data(const std::filesystem::path& file);

/// True if a name ends like that of a picture file: ".png", ".JPG", ".dcm", ...
[[nodiscard]] bool is_picture_name(std::string_view name);

}  // namespace osler
