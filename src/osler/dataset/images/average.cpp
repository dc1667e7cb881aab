#include "osler/dataset/images/average.h"

#include <algorithm>
#include <cassert>

namespace osler {
namespace {

/// How much of a pixel belongs to a cell, in units that make both whole: of `cells` cells over `pixels` pixels a pixel
/// is `cells` units long, and a cell `pixels` units.
struct Share {
  std::size_t pixel = 0;
  std::size_t cell = 0;
  std::uint64_t units = 0;
};

std::vector<Share> shares(std::uint64_t pixels, std::uint64_t cells) {
  std::vector<Share> all;
  all.reserve(pixels + cells);
  for (std::uint64_t pixel = 0, cell = 0; pixel < pixels && cell < cells;) {
    const std::uint64_t begin = std::max(pixel * cells, cell * pixels);
    const std::uint64_t pixel_end = (pixel + 1) * cells;
    const std::uint64_t cell_end = (cell + 1) * pixels;
    all.push_back({pixel, cell, std::min(pixel_end, cell_end) - begin});
    if (pixel_end <= cell_end) ++pixel;
    if (cell_end <= pixel_end) ++cell;
  }
  return all;
}

}  // namespace

std::vector<std::uint32_t> area_average(const Image& image, std::uint32_t width, std::uint32_t height) {
  assert(image.width > 0 && image.height > 0 && width > 0 && height > 0);
  const auto across = shares(image.width, width);
  const auto down = shares(image.height, height);
  const std::size_t row_size = std::size_t{3} * width;
  std::vector<std::uint64_t> row(row_size);
  std::vector<std::uint64_t> sums(row_size * height);
  std::size_t row_in_hand = image.height;
  for (const Share& share : down) {
    if (share.pixel != row_in_hand) {
      row_in_hand = share.pixel;
      std::fill(row.begin(), row.end(), 0);
      const std::uint8_t* pixels = image.rgb.data() + std::size_t{3} * image.width * row_in_hand;
      for (const Share& part : across) {
        for (std::size_t c = 0; c < 3; ++c) row[3 * part.cell + c] += part.units * pixels[3 * part.pixel + c];
      }
    }
    std::uint64_t* cells = sums.data() + row_size * share.cell;
    for (std::size_t i = 0; i < row_size; ++i) cells[i] += share.units * row[i];
  }
  const std::uint64_t area = std::uint64_t{image.width} * image.height;
  std::vector<std::uint32_t> averages(sums.size());
  std::transform(sums.begin(), sums.end(), averages.begin(),
                 [area](std::uint64_t sum) { return static_cast<std::uint32_t>((256 * sum + area / 2) / area); });
  return averages;
}

}  // namespace osler
