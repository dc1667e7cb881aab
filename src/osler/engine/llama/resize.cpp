#include "osler/engine/llama/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace osler {
namespace {

// 8 bits of a sample and 2 for weights that are negative or add up to more than 1 in between leave 22 of 32.
constexpr int kWeightBits = 22;
constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);
constexpr double kRadius = 2.0;  ///< Of the cubic, in pixels of the coarser picture.
constexpr std::size_t kChannels = 3;

double cubic(double distance) {
  constexpr double a = -0.5;
  const double x = std::fabs(distance);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

/// Which old samples of a line make up each new one, and with which weights.
struct Kernel {
  struct Window {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  std::size_t widest = 0;             ///< No window has more samples.
  std::vector<Window> windows;        ///< One for each new sample; neither their starts nor their ends go back.
  std::vector<std::int32_t> weights;  ///< `widest` for each window.

  [[nodiscard]] std::span<const std::int32_t> weights_of(std::size_t sample) const {
    return std::span(weights).subspan(sample * widest, windows[sample].count);
  }
};

Kernel kernel_for(std::uint32_t old_size, std::uint32_t new_size) {
  const double scale = static_cast<double>(old_size) / new_size;
  const double stretch = std::max(scale, 1.0);
  const double radius = kRadius * stretch;
  const double per_pixel = 1.0 / stretch;
  Kernel kernel;
  kernel.widest = static_cast<std::size_t>(std::ceil(radius)) * 2 + 1;
  kernel.windows.resize(new_size);
  kernel.weights.resize(kernel.widest * new_size);
  std::vector<double> shares(kernel.widest);
  for (std::size_t i = 0; i < new_size; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const double start = std::max(centre - radius + 0.5, 0.0);
    const double end = std::min(centre + radius + 0.5, static_cast<double>(old_size));
    const auto first = static_cast<std::size_t>(start);
    const std::size_t count = static_cast<std::size_t>(end) - first;
    kernel.windows[i] = {first, count};
    double sum = 0.0;
    for (std::size_t k = 0; k < count; ++k) {
      shares[k] = cubic((static_cast<double>(k + first) - centre + 0.5) * per_pixel);
      sum += shares[k];
    }
    for (std::size_t k = 0; k < count; ++k) {
      const double weight = (sum == 0.0 ? shares[k] : shares[k] / sum) * (1 << kWeightBits);
      kernel.weights[i * kernel.widest + k] = static_cast<std::int32_t>(weight < 0.0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return kernel;
}

std::uint8_t sample_of(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }

void resize_row(const std::uint8_t* row, const Kernel& kernel, std::uint8_t* out) {
  for (std::size_t x = 0; x < kernel.windows.size(); ++x, out += kChannels) {
    const std::uint8_t* pixel = row + kernel.windows[x].first * kChannels;
    std::int32_t red = kHalf, green = kHalf, blue = kHalf;
    for (const std::int32_t weight : kernel.weights_of(x)) {
      red += pixel[0] * weight;
      green += pixel[1] * weight;
      blue += pixel[2] * weight;
      pixel += kChannels;
    }
    out[0] = sample_of(red);
    out[1] = sample_of(green);
    out[2] = sample_of(blue);
  }
}

}  // namespace

Image resize_bicubic(const Image& image, std::uint32_t width, std::uint32_t height) {
  if (image.width == width && image.height == height) return image;
  const Kernel across = kernel_for(image.width, width);
  const Kernel down = kernel_for(image.height, height);
  const std::size_t old_row = kChannels * image.width;
  const std::size_t new_row = kChannels * width;
  Image out{width, height, std::vector<std::uint8_t>(new_row * height)};
  // Rows that are resized across but not yet down: as many as one window needs, row y in place y % widest.
  std::vector<std::uint8_t> ring(new_row * down.widest);
  std::vector<std::int32_t> sums(new_row);
  std::size_t ready = 0;
  for (std::size_t y = 0; y < height; ++y) {
    const auto [first, count] = down.windows[y];
    for (ready = std::max(ready, first); ready < first + count; ++ready) {
      resize_row(image.rgb.data() + ready * old_row, across, ring.data() + ready % down.widest * new_row);
    }
    std::fill(sums.begin(), sums.end(), kHalf);
    const auto weights = down.weights_of(y);
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint8_t* row = ring.data() + (first + k) % down.widest * new_row;
      const std::int32_t weight = weights[k];
      for (std::size_t i = 0; i < new_row; ++i) sums[i] += row[i] * weight;
    }
    std::transform(sums.begin(), sums.end(), out.rgb.begin() + static_cast<std::ptrdiff_t>(y * new_row), sample_of);
  }
  return out;
}

}  // namespace osler
