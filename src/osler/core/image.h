#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace osler {

enum class ImageFormat { jpeg, png, webp, tiff, bmp, gif };

/// A picture as its file holds it.
struct EncodedImage {
  ImageFormat format = ImageFormat::png;
  /// Any decoder gives the same colours: 8 bits or fewer a sample, RGB, grey or a palette, no alpha, not to be turned.
  bool plain = false;
  std::string bytes;
};

/// A decoded picture: 8-bit RGB, rows from the top, no padding; rgb.size() == 3 * width * height.
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgb;
  std::shared_ptr<const EncodedImage> original = {};  ///< What it was decoded from, where that was to be kept.
};

}  // namespace osler
