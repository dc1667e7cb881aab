#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "osler/core/error.h"

namespace osler::hub {

/// By what a hub names a content: large files by their SHA-256, the others as git does, by the SHA-1 of
/// "blob SIZE\0" and the content.
enum class ContentName { sha256, git_blob };

/// The name of a file's content in lower-case hexadecimal digits. Reads the file once from start to end.
[[nodiscard]] Result<std::string> content_name(const std::filesystem::path& path, ContentName kind,
                                               const std::stop_token& stop);

}  // namespace osler::hub
