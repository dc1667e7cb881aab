#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/loader.h"
#include "osler/import/record.h"

namespace osler {

/// Makes a row set of what the records say themselves: one item for every id, in order, with question (where it is
/// recorded), options and gold answer. Records without ids get the ids "row-0", "row-1", ..., counted over all files,
/// if none of them has one. Fails at a record that has no gold answer, or one that is none of its options, and at one
/// that has the id of an earlier record and another question, options or gold answer. The row set's form is "as
/// recorded".
[[nodiscard]] Result<RowSet> items_of_records(std::vector<Record>& records, const std::string& benchmark,
                                              const std::string& split,
                                              const std::vector<std::filesystem::path>& files);

}  // namespace osler
