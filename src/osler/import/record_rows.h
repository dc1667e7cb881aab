#pragma once

#include <filesystem>
#include <functional>

#include "osler/core/error.h"
#include "osler/storage/json.h"

namespace osler {

/// Calls `accept` for every record of a file, an object from field to value, until one fails. How the file is laid out
/// is told by its name: .csv, .tsv, .jsonl, .parquet as for_each_row reads them, and .json, which may also be
/// - JSON Lines under the wrong name,
/// - an object from id to response: the fields are then "_key" and "response",
/// - an object with the records in "logs", beside objects that describe the run.
/// Spreadsheets (.xlsx) and pickles are refused with a way to a text file.
[[nodiscard]] Status for_each_record_row(const std::filesystem::path& file,
                                         const std::function<Status(Json&& fields, const Place& place)>& accept);

}  // namespace osler
