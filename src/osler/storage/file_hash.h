#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "osler/core/error.h"

namespace osler {

/// SHA-256 of a file. For files over 64 MiB the result is kept in $XDG_CACHE_HOME/osler (or ~/.cache/osler) under
/// the file's path, size and modification time, because hashing 40 GB again before every run takes a minute.
/// A cache that cannot be read or written is no error.
/// progress(done, total) is called now and then while the file is read.
[[nodiscard]] Result<std::string> cached_sha256_of_file(
    const std::filesystem::path& path,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace osler
