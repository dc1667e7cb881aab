#pragma once

#include <cstdint>
#include <vector>

#include "osler/core/image.h"

namespace osler {

/// A picture reduced to width x height cells: row by row, 3 (RGB) values a cell, in 256ths of a grey level (0 to
/// 65280). A cell is the average of the pixels that it covers, each by the share that it covers of it; exact but for
/// the last rounding, in integers, and so the same on every machine. Neither picture nor result may be empty.
[[nodiscard]] std::vector<std::uint32_t> area_average(const Image& image, std::uint32_t width, std::uint32_t height);

}  // namespace osler
