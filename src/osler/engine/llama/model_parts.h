#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// The files of a model, of which this is the first or the only one: "x-00001-of-00003.gguf" has two more. Whether they
/// are there is not looked at.
[[nodiscard]] std::vector<std::filesystem::path> model_parts(const std::filesystem::path& model);

/// The file's name without suffix and part number.
[[nodiscard]] std::string model_name(const std::filesystem::path& model);

/// SHA-256 of a model's file; of several parts, of their hashes in hexadecimal digits, a line each. Errors name the
/// file.
[[nodiscard]] Result<std::string> model_sha256(const std::filesystem::path& model);

}  // namespace osler
