#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace osler {

/// A decoded picture: 8-bit RGB, rows from the top, no padding; rgb.size() == 3 * width * height.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace osler
