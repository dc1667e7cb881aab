#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/row_set_name.h"
#include "osler/import/format.h"
#include "osler/import/matching.h"

namespace osler::cli {

/// What the options of `osler import` say.
struct ImportOptions {
  std::vector<std::string> paths;
  std::optional<RecordFormat> format;  ///< Nothing: the file must leave no doubt.
  std::vector<std::string> mapping;    ///< "id=qid", ...
  RowSetName benchmark;
  RowSetRequest rows;
  std::string data;
  bool own_items = false;  ///< Items are made from the records, whether the benchmark is here or not.
  std::string model;       ///< Empty: what the records or the file's name say.
  std::string protocol;    ///< Empty: the format's own.
  std::string out = "runs";
  std::uint64_t max_megapixels = 100;
};

/// What an import came to.
struct ImportTotals {
  std::filesystem::path folder;
  std::string model;
  std::string benchmark;
  std::string row_set;
  std::string protocol;
  RecordFormat format = RecordFormat::table;
  std::uint64_t records = 0;
  std::uint64_t items = 0;
  bool own_items = false;
  Matching matching;
};

/// Reads the records, finds the item of each, writes the run and says on standard error what was chosen and what
/// belongs to no item.
[[nodiscard]] Result<ImportTotals> import_responses(const ImportOptions& options);

}  // namespace osler::cli
