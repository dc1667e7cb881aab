#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/import/format.h"
#include "osler/import/record.h"

namespace osler {

/// The files of responses among the paths: a file as it is, a folder's files that the format's tool would name so, in
/// path order (of MedEvalKit, results.json goes before the parts it was made of). A folder without any is an error.
[[nodiscard]] Result<std::vector<std::filesystem::path>> record_files(const std::vector<std::string>& paths,
                                                                      RecordFormat format);

/// What to call the model when nobody says: what all records say, else the name of the folder or file that the format's
/// tool names by the model, else the first file's stem.
[[nodiscard]] std::string default_model(const std::vector<Record>& records,
                                        const std::vector<std::filesystem::path>& files, RecordFormat format);

}  // namespace osler
