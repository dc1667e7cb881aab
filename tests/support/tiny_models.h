#pragma once

#include <cstdint>

#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {

using TinyModelFiles = tiny_vlm::TinyVlmFiles;

/// A tiny model's two files in a folder of this process, which goes when the process does. Made on the first call
/// for these options, then remembered. Throws if the folder cannot be written: no test can go on without it.
[[nodiscard]] TinyModelFiles tiny_model(tiny_vlm::Architecture architecture, tiny_vlm::Voice voice,
                                        std::uint64_t seed = 1);

}  // namespace osler::test
