#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "osler/core/error.h"

namespace osler {

/// Pixels as they lie in memory: 8 bits a sample, 1 (grey) or 3 (RGB) samples a pixel, rows from the top, no padding.
struct PixelRows {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t channels = 3;
  std::span<const std::uint8_t> samples;
};

/// Encodes as PNG, at most 2^31 - 1 samples. The bytes are the same for the same versions of libpng and zlib; the
/// pixels always are.
[[nodiscard]] Result<std::string> encode_png(const PixelRows& pixels);

}  // namespace osler
