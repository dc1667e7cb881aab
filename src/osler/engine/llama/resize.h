#pragma once

#include <cstdint>

#include "osler/core/image.h"

namespace osler {

/// The picture in another size, to the last bit as Pillow's Image.resize((width, height), BICUBIC) gives it: the cubic
/// convolution of Keys (1981) with a = -0.5, widened when shrinking so that every old pixel counts, first along the
/// rows and then down the columns, each time rounded to 8 bits, with weights in units of 2^-22. Both sides must be at
/// least 1. Beside the two pictures it needs the memory of as many new rows as the kernel is high.
[[nodiscard]] Image resize_bicubic(const Image& image, std::uint32_t width, std::uint32_t height);

}  // namespace osler
