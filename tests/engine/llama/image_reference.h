#pragma once

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>

#include "osler/core/image.h"
#include "tiny_vlm/weights.h"

namespace osler::test {

/// What Python and Pillow give; make_image_reference.py wrote it.
inline nlohmann::json image_reference() {
  std::ifstream file(OSLER_SOURCE_DIR "/tests/engine/llama/image_reference.json");
  return nlohmann::json::parse(file);
}

/// The same noise as in make_image_reference.py.
inline Image noise(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  tiny_vlm::SplitMix64 random(seed);
  Image image{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < image.rgb.size(); ++i, bytes >>= 8U) {
    if (i % 8 == 0) bytes = random.next();
    image.rgb[i] = static_cast<std::uint8_t>(bytes);
  }
  return image;
}

}  // namespace osler::test
