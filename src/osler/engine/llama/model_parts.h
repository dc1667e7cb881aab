#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
/// file. progress(done, total) is called now and then while a file is read.
[[nodiscard]] Result<std::string> model_sha256(
    const std::filesystem::path& model,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace osler
