#include "osler/dataset/images/orientation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace osler::images {
namespace {

/// EXIF is a TIFF directory: integers in the byte order that its first two bytes name.
class ExifReader {
 public:
  explicit ExifReader(Bytes bytes) : bytes_(bytes), little_(text_of(bytes).starts_with("II")) {}

  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t offset, std::size_t width) const {
    if (offset > bytes_.size() || bytes_.size() - offset < width) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t at = little_ ? offset + width - 1 - i : offset + i;
      value = (value << 8) | std::to_integer<std::uint32_t>(bytes_[at]);
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool little_;
};

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3;
constexpr std::uint32_t kLong = 4;

std::optional<std::uint32_t> orientation_in_first_directory(const ExifReader& exif) {
  const auto directory = exif.number(4, 4);
  if (!directory) return std::nullopt;
  const auto entries = exif.number(*directory, 2);
  if (!entries) return std::nullopt;
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + 12 * i;
    const auto tag = exif.number(entry, 2);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto type = exif.number(entry + 2, 2);
    if (type == kShort) return exif.number(entry + 8, 2);
    if (type == kLong) return exif.number(entry + 8, 4);
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

unsigned exif_orientation(Bytes exif) {
  using namespace std::literals;
  if (text_of(exif).starts_with("Exif\0\0"sv)) exif = exif.subspan(6);
  if (!text_of(exif).starts_with("II*\0"sv) && !text_of(exif).starts_with("MM\0*"sv)) return 1;
  const auto orientation = orientation_in_first_directory(ExifReader(exif));
  return orientation && *orientation >= 1 && *orientation <= 8 ? *orientation : 1;
}

Image upright(Image stored, unsigned orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const std::size_t width = stored.width;
  const std::size_t height = stored.height;
  // What EXIF says of the stored picture, seen from the upright one: its rows are our columns (5..8),
  // they run from the right (2, 3, 7, 8 -- after swapping, from the bottom), and from the bottom (3, 4, 6, 7).
  const bool swapped = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out = swapped ? blank_image(height, width) : blank_image(width, height);
  std::uint8_t* to = out.rgb.data();
  for (std::size_t y = 0; y < out.height; ++y) {
    for (std::size_t x = 0; x < out.width; ++x, to += 3) {
      const std::size_t column = swapped ? y : x;
      const std::size_t row = swapped ? x : y;
      const std::size_t from_x = from_right ? width - 1 - column : column;
      const std::size_t from_y = from_bottom ? height - 1 - row : row;
      std::copy_n(&stored.rgb[3 * (from_y * width + from_x)], 3, to);
    }
  }
  return out;
}

}  // namespace osler::images
