#pragma once

#include <filesystem>

#include "osler/core/error.h"
#include "osler/import/format.h"

namespace osler {

/// The format of a file (or of the first file of a folder) where its first record leaves no doubt: fields that only one
/// of the tools writes, or a field and a file name together. Otherwise a usage error that lists the formats.
[[nodiscard]] Result<RecordFormat> guess_format(const std::filesystem::path& path);

}  // namespace osler
