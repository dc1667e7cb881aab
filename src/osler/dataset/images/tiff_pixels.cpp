#include "osler/dataset/images/tiff_pixels.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "osler/dataset/images/format.h"

namespace osler::images {

TiffSamples::TiffSamples(const TiffLayout& layout)
    : layout_(layout), samples_(std::size_t{layout.width} * layout.height * layout.used) {}

std::uint8_t TiffSamples::sample(std::span<const std::uint8_t> row, std::size_t index) const {
  const bool grey = layout_.colour == TiffColour::grey || layout_.colour == TiffColour::inverted_grey;
  if (layout_.bits == 16) {
    std::uint16_t value = 0;  // libtiff has put it into this machine's byte order.
    std::memcpy(&value, &row[2 * index], sizeof value);
    return grey ? grey_of_16_bits(value) : static_cast<std::uint8_t>(value >> 8);
  }
  if (layout_.bits == 8) return row[index];
  const unsigned value = packed_value(row, index, layout_.bits);
  return grey ? grey_of_bits(value, layout_.bits) : static_cast<std::uint8_t>(value);
}

void TiffSamples::take(std::span<const std::uint8_t> row, std::size_t x, std::size_t y, std::size_t count,
                       std::size_t plane) {
  std::uint8_t* to = &samples_[(y * layout_.width + x) * layout_.used];
  for (std::size_t i = 0; i < count; ++i, to += layout_.used) {
    if (layout_.separate) {
      to[plane] = sample(row, i);
      continue;
    }
    for (std::size_t s = 0; s < layout_.used; ++s) to[s] = sample(row, i * layout_.samples + s);
  }
}

Rgb TiffSamples::colour_of(const std::uint8_t* sample, const Palette& palette) const {
  switch (layout_.colour) {
    case TiffColour::grey:
      return {sample[0], sample[0], sample[0]};
    case TiffColour::inverted_grey: {
      const std::uint8_t value = inverted(sample[0]);
      return {value, value, value};
    }
    case TiffColour::cmyk:
      return rgb_of_cmyk(sample[0], sample[1], sample[2], sample[3]);
    case TiffColour::palette:
      return palette.colours[sample[0]];
    case TiffColour::rgb:
      break;
  }
  if (!layout_.premultiplied) return {sample[0], sample[1], sample[2]};
  const unsigned alpha = sample[3];
  const auto channel = [alpha](unsigned value) {
    return alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255U, value * 255U / alpha));
  };
  return {channel(sample[0]), channel(sample[1]), channel(sample[2])};
}

Image TiffSamples::to_rgb(const Palette& palette) && {
  if (layout_.colour == TiffColour::rgb && layout_.used == 3) {
    return {layout_.width, layout_.height, std::move(samples_)};
  }
  Image image = blank_image(layout_.width, layout_.height);
  const std::size_t pixels = std::size_t{layout_.width} * layout_.height;
  for (std::size_t i = 0; i < pixels; ++i) put(&image.rgb[3 * i], colour_of(&samples_[i * layout_.used], palette));
  return image;
}

}  // namespace osler::images
