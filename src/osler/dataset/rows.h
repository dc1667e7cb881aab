#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/delimited.h"
#include "osler/storage/byte_stream.h"
#include "osler/storage/json.h"

namespace osler {

/// One record of a data file: an object from column to value.
struct Row {
  std::uint64_t number = 0;  ///< 0-based in its file.
  Json fields;
};

/// How much of a file may be in memory at once. Tests make these small.
struct ReadLimits {
  std::size_t chunk = ByteStream::kChunk;
  std::uint64_t json_record = std::uint64_t{256} << 20;
  std::uint64_t delimited_record = kMaxDelimitedRecord;
};

/// How a data file is read.
struct RowFormat {
  std::string format;                            ///< One of the card's: parquet, json, jsonl, csv, tsv.
  std::vector<std::string> columns = {};         ///< Those wanted, by their whole name; empty: all.
  std::vector<std::string> base64_columns = {};  ///< Those (of text formats) that embed images, see below.
  ReadLimits limits = {};
};

/// Calls `accept` for every record, in file order, until one fails: then that failure is returned. The file may lie in
/// a zip (see data_path.h), a parquet file excepted. Only the columns wanted are in a row. Memory: one record and a
/// buffer, whatever the file's size.
///
/// - csv, tsv: every cell is text, as it stands ("NA" and "" are not missing values).
/// - json: an array of objects; or an object that holds one such array beside single values ({"data": [...]}); or an
///   object of objects ({"id1": {...}, ...}), whose keys then stand in the column "_key", unless a record has its own.
/// - jsonl: one object per line.
/// - parquet: single values arrive as text. Pictures arrive without their bytes, which are read when they are needed:
///   a struct with a `bytes` field as {"path": text or null}, plain bytes as {"path": null}, a list of either as an
///   array of these; what is null is null.
///
/// A cell of a base64 column arrives as an array of {"offset": n, "length": n}: where the base64 of each image stands
/// in the file (unpacked, in a zip), to be read later; backslashes may be among it. A cell of at most 64 characters
/// that is no list arrives as its text, an empty one as null. See base64_cells.h.
[[nodiscard]] Status for_each_row(const std::filesystem::path& file, const RowFormat& format,
                                  const std::function<Status(Row&&)>& accept);

/// As for_each_row, until `accept` says that it has enough. True if it had, false if the file was read to its end.
[[nodiscard]] Result<bool> for_rows_until(const std::filesystem::path& file, const RowFormat& format,
                                          const std::function<Result<bool>(Row&&)>& accept);

/// The columns of a data file (for json and jsonl: the keys of the first record); no more of it is read.
[[nodiscard]] Result<std::vector<std::string>> columns_of(const std::filesystem::path& file, const std::string& format);

}  // namespace osler
