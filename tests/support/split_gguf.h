#pragma once

#include <filesystem>
#include <vector>

namespace osler::test {

/// Writes a GGUF model as two files, "NAME-00001-of-00002.gguf" and its other part, as llama.cpp splits models that are
/// too large for one. Throws if it cannot.
[[nodiscard]] std::vector<std::filesystem::path> split_gguf(const std::filesystem::path& model,
                                                            const std::filesystem::path& folder);

}  // namespace osler::test
