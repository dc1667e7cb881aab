#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "osler/core/image.h"
#include "osler/dataset/images/pixels.h"

namespace osler::images {

/// What the samples of a TIFF mean.
enum class TiffColour { grey, inverted_grey, rgb, cmyk, palette };

/// How the samples of a TIFF lie, and which of them count.
struct TiffLayout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  TiffColour colour = TiffColour::grey;
  unsigned bits = 8;
  unsigned samples = 1;        ///< Per pixel in the file.
  unsigned used = 1;           ///< Per pixel that we keep: the first ones.
  bool separate = false;       ///< One plane a sample, instead of pixel by pixel.
  bool premultiplied = false;  ///< RGB multiplied with the alpha that follows it; undone, as PIL does.
};

/// Samples of the whole picture, one byte each, `used` a pixel.
class TiffSamples {
 public:
  explicit TiffSamples(const TiffLayout& layout);

  /// Takes a decoded row that begins at pixel (x, y) and has `count` pixels; of plane `plane` where they are separate.
  void take(std::span<const std::uint8_t> row, std::size_t x, std::size_t y, std::size_t count, std::size_t plane);

  [[nodiscard]] Image to_rgb(const Palette& palette) &&;

 private:
  [[nodiscard]] std::uint8_t sample(std::span<const std::uint8_t> row, std::size_t index) const;
  [[nodiscard]] Rgb colour_of(const std::uint8_t* sample, const Palette& palette) const;

  TiffLayout layout_;
  std::vector<std::uint8_t> samples_;
};

}  // namespace osler::images
