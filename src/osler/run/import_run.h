#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/image_loader.h"
#include "osler/dataset/loader.h"
#include "osler/grade/grader.h"
#include "osler/import/matching.h"
#include "osler/import/record.h"
#include "osler/prompt/protocol.h"

namespace osler {

/// Responses that another tool recorded, to become a run in one folder.
struct ImportSpec {
  RowSet rows;               ///< Its items as they were asked.
  std::string row_set_hash;  ///< Of the row set, before options were put in the order in which they were asked.
  std::string card_hash;     ///< Empty where the items were made from the records.
  std::vector<Record> records;
  Matching matching;
  std::string format;                        ///< Of the files.
  std::vector<std::filesystem::path> files;  ///< At least one.
  std::vector<std::string> mapping;          ///< The user's names of fields.
  std::string model;                         ///< As it stands in tables.
  Protocol rules;                            ///< How the responses are graded.
  std::filesystem::path folder;
  DecodeLimits image_limits;
};

/// Writes manifest.json, items.jsonl, responses.jsonl, protocol.yaml and grades.parquet as a run does, and
/// unmatched.jsonl if a record belongs to no item or an item has no response. Images are read for nothing but the
/// clusters of the standard error; one that cannot be read is no error. The same import replaces what is there; a run
/// with another identity is refused and left alone. Returns the number of graded responses.
[[nodiscard]] Result<std::uint64_t> write_import(const ImportSpec& spec, const grade::Grader& grader);

/// The model's name as one folder: "org/name" is "org_name".
[[nodiscard]] std::string folder_of_model(std::string model);

}  // namespace osler
