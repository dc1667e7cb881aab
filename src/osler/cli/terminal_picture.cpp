#include "osler/cli/terminal_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "osler/dataset/images/average.h"

namespace osler::cli {
namespace {

constexpr std::string_view kUpperHalf = "\xE2\x96\x80";
constexpr std::string_view kReset = "\x1B[0m";
constexpr std::string_view kRamp = " .:-=+*#%@";

struct Size {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

/// The largest size in the picture's proportion that fits.
Size fitted(const Image& image, std::uint64_t width, std::uint64_t height) {
  const std::uint64_t w = image.width;
  const std::uint64_t h = image.height;
  width = std::min(width, w);
  height = std::min(height, h);
  if (width * h > height * w) {
    width = std::max<std::uint64_t>(1, (height * w + h / 2) / h);
  } else {
    height = std::max<std::uint64_t>(1, (width * h + w / 2) / w);
  }
  return {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)};
}

std::string colour_code(std::string_view ground, const std::uint32_t* average) {
  const auto level = [average](std::size_t c) { return (average[c] + 128) / 256; };
  return fmt::format("\x1B[{};2;{};{};{}m", ground, level(0), level(1), level(2));
}

std::string in_colour(const Image& image, std::uint64_t columns) {
  const Size size = fitted(image, columns, 2 * columns);
  const auto pixels = area_average(image, size.width, size.height);
  std::string text;
  for (std::size_t y = 0; y < size.height; y += 2) {
    std::string codes_before;
    for (std::size_t x = 0; x < size.width; ++x) {
      std::string codes = colour_code("38", &pixels[3 * (y * size.width + x)]);
      // Of an odd number of rows the last has the terminal's own colour below it.
      if (y + 1 < size.height) codes += colour_code("48", &pixels[3 * ((y + 1) * size.width + x)]);
      if (codes != codes_before) text += codes;
      codes_before = std::move(codes);
      text += kUpperHalf;
    }
    text += kReset;
    text += '\n';
  }
  return text;
}

std::string in_ascii(const Image& image, std::uint64_t columns) {
  const Size size = fitted(image, columns, 2 * columns);
  const std::uint32_t lines = (size.height + 1) / 2;
  const auto cells = area_average(image, size.width, lines);
  std::string text;
  for (std::size_t y = 0; y < lines; ++y) {
    for (std::size_t x = 0; x < size.width; ++x) {
      const std::uint32_t* rgb = &cells[3 * (y * size.width + x)];
      // ITU-R BT.601 in thousandths.
      const std::uint64_t grey =
          (std::uint64_t{299} * rgb[0] + std::uint64_t{587} * rgb[1] + std::uint64_t{114} * rgb[2]) / 1000;
      text += kRamp[grey * kRamp.size() / 65536];
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string terminal_picture(const Image& image, int columns, bool colour) {
  if (image.width == 0 || image.height == 0 || columns <= 0) return {};
  const auto most = static_cast<std::uint64_t>(columns);
  return colour ? in_colour(image, most) : in_ascii(image, most);
}

}  // namespace osler::cli
