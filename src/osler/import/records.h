#pragma once

#include <filesystem>
#include <vector>

#include "osler/core/error.h"
#include "osler/import/fields_of_format.h"
#include "osler/import/format.h"
#include "osler/import/record.h"
#include "osler/storage/json.h"

namespace osler {

/// Makes a record of a row. Fails, naming `place`, if there is no response in it, or something else than one text in
/// its place. `fields` are fields_of_format(format), perhaps mapped.
[[nodiscard]] Result<Record> record_of_row(const Json& row, RecordFormat format, const RecordFields& fields,
                                           const Place& place);

/// All records of the files, in order. Fails at the first that cannot be read, and if there are none.
[[nodiscard]] Result<std::vector<Record>> read_records(const std::vector<std::filesystem::path>& files,
                                                       RecordFormat format, const RecordFields& fields);

}  // namespace osler
