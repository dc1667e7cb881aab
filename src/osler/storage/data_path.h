#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// Paths of data may lead into a zip, as if it were a folder: "/data/imgs.zip/xmlab1/source.jpg". Everything here
/// takes both kinds, and may be called from several threads. Opened archives are kept open, a few at a time.

/// A path that leads into a zip, taken apart.
struct ArchivePath {
  std::filesystem::path archive;
  std::string member;  ///< With '/' between its parts; empty for the archive itself.
};

/// Taken apart if one of the path's parents is a regular file whose name ends in .zip (in any case), or the path is
/// such a file itself; nothing if it is an ordinary path.
[[nodiscard]] std::optional<ArchivePath> archive_path(const std::filesystem::path& path);

/// True if there is a file (not a folder) of this name, in a folder or in a zip. Cheap: called once per image.
[[nodiscard]] bool data_file_exists(const std::filesystem::path& path);

/// The size in bytes of what read_data_file would give.
[[nodiscard]] Result<std::uint64_t> data_file_size(const std::filesystem::path& path);

/// Reads a whole file or member. Errors name the path as given; a member that is larger than max_bytes (by what it
/// unpacks to, not by what it claims), encrypted, damaged or packed by an unknown method is an error of its own.
[[nodiscard]] Result<std::string> read_data_file(const std::filesystem::path& path,
                                                 std::uint64_t max_bytes = std::uint64_t{4} << 30);

/// The paths of all files in a zip ("ARCHIVE/member"), in the archive's order. Members whose names are absolute or
/// climb out by ".." are left out, and those whose last part `wanted` refuses: 80,000 paths take much memory.
[[nodiscard]] Result<std::vector<std::filesystem::path>> files_in_archive(
    const std::filesystem::path& archive, const std::function<bool(std::string_view)>& wanted = {});

}  // namespace osler
