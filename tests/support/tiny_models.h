#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {

using TinyModelFiles = tiny_vlm::TinyVlmFiles;

/// A tiny model's two files in a folder of this process, which goes when the process does. Made on the first call
/// for these options, then remembered. Throws if the folder cannot be written: no test can go on without it.
[[nodiscard]] TinyModelFiles tiny_model(tiny_vlm::Architecture architecture, tiny_vlm::Voice voice,
                                        std::uint64_t seed = 1);

/// Puts a tiny model that answers in a box (model.gguf and its projector) and the benchmark of tests/fixtures/slices
/// (data/slices.yaml) into a folder.
void put_model_and_slices(const std::filesystem::path& folder);

/// Every architecture with every voice that it has.
[[nodiscard]] std::vector<std::tuple<tiny_vlm::Architecture, tiny_vlm::Voice>> every_tiny_model();

/// The architecture's name in letters and digits alone, for names of tests.
[[nodiscard]] std::string test_name(tiny_vlm::Architecture architecture);

}  // namespace osler::test
