#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/pixels.h"

namespace osler::images {
namespace {

constexpr std::size_t kFileHeader = 14;
/// OS/2's BITMAPCOREHEADER, with 16-bit sizes and three bytes a colour.
constexpr std::uint32_t kCoreHeader = 12;

enum Compression : std::uint32_t { kRaw = 0, kRle8 = 1, kRle4 = 2, kBitfields = 3 };

/// One colour channel of a 16- or 32-bit pixel.
struct Channel {
  std::uint32_t mask = 0;

  [[nodiscard]] std::uint8_t of(std::uint32_t pixel) const {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    // 64 bits, since a mask may have all 32. Cut off, not rounded: as PIL spreads 5 or 6 bits over 0..255.
    return static_cast<std::uint8_t>(std::uint64_t{(pixel & mask) >> shift} * 255 / (mask >> shift));
  }
};

struct Header {
  std::uint32_t size = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool top_down = false;
  unsigned bits = 0;
  std::uint32_t compression = kRaw;
  std::uint32_t colours = 0;
  std::uint32_t pixels_at = 0;
  std::size_t palette_at = 0;
  std::array<Channel, 3> channels = {};
};

/// Little-endian numbers; what lies beyond the end is zero, since its absence is noticed at the pixels.
class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(data_of(bytes), bytes.size()) {}

  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t width) const {
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = (value << 8) | byte(at + i);
    return value;
  }
  [[nodiscard]] std::uint8_t byte(std::size_t at) const { return at < bytes_.size() ? bytes_[at] : std::uint8_t{0}; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::uint8_t> from(std::size_t at) const {
    return bytes_.subspan(std::min(at, bytes_.size()));
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

bool set_channels(Header& header, const Reader& file) {
  if (header.bits == 16) header.channels = {Channel{0x7C00}, Channel{0x03E0}, Channel{0x001F}};
  if (header.bits == 32) header.channels = {Channel{0xFF0000}, Channel{0x00FF00}, Channel{0x0000FF}};
  if (header.compression != kBitfields) return true;
  std::array<Channel, 3> given = {};
  // The masks follow a header of 40 bytes and are part of a longer one: at the same place.
  for (std::size_t i = 0; i < 3; ++i) given[i].mask = file.number(kFileHeader + 40 + 4 * i, 4);
  const bool all_zero = std::all_of(given.begin(), given.end(), [](Channel c) { return c.mask == 0; });
  if (!all_zero) header.channels = given;
  return std::all_of(header.channels.begin(), header.channels.end(), [](Channel c) {
    // The bits of a mask must stand together: above the lowest one, adding one carries through all of them.
    return c.mask != 0 && std::has_single_bit(std::uint64_t{c.mask >> std::countr_zero(c.mask)} + 1);
  });
}

bool is_readable(const Header& header) {
  switch (header.compression) {
    case kRaw:
      return header.bits == 1 || header.bits == 4 || header.bits == 8 || header.bits == 16 || header.bits == 24 ||
             header.bits == 32;
    case kRle8:
      return header.bits == 8;
    case kRle4:
      return header.bits == 4;
    case kBitfields:
      return header.bits == 16 || header.bits == 32;
    default:
      return false;
  }
}

Result<Header> read_header(const Reader& file) {
  Header header;
  header.size = file.number(kFileHeader, 4);
  header.pixels_at = file.number(10, 4);
  if (file.size() < kFileHeader + 4 || file.size() < kFileHeader + std::size_t{header.size}) {
    return damaged("BMP", "its header breaks off");
  }
  if (header.size == kCoreHeader) {
    header.width = file.number(18, 2);
    header.height = file.number(20, 2);
    header.bits = file.number(24, 2);
  } else if (header.size >= 40 && header.size <= 124) {
    header.width = file.number(18, 4);
    header.height = file.number(22, 4);
    header.top_down = (header.height >> 31) != 0;
    if (header.top_down) header.height = 0U - header.height;
    header.bits = file.number(28, 2);
    header.compression = file.number(30, 4);
    header.colours = file.number(46, 4);
  } else {
    return unsupported("BMP", fmt::format("a header of {} bytes", header.size));
  }
  if (!is_readable(header)) {
    return unsupported("BMP", fmt::format("{} bits a pixel with compression {}", header.bits, header.compression));
  }
  if (!set_channels(header, file)) return unsupported("BMP", "colour masks with gaps");
  if (header.colours == 0 && header.bits <= 8) header.colours = 1U << header.bits;
  header.palette_at = kFileHeader + header.size;
  if (header.compression == kBitfields && header.size == 40) header.palette_at += 12;
  return header;
}

Palette read_palette(const Header& header, const Reader& file) {
  Palette palette;
  const std::size_t entry = header.size == kCoreHeader ? 3 : 4;
  for (std::size_t i = 0; i < std::min<std::size_t>(header.colours, palette.colours.size()); ++i) {
    const std::size_t at = header.palette_at + entry * i;
    if (at + 3 > file.size()) break;
    palette.colours[i] = {file.byte(at + 2), file.byte(at + 1), file.byte(at)};
  }
  return palette;
}

/// Where a row of the file stands in the picture: files begin at the bottom unless they say otherwise.
std::size_t row_in_picture(const Header& header, std::size_t row) {
  return header.top_down ? row : header.height - 1 - row;
}

void convert_row(const Header& header, const Palette& palette, std::span<const std::uint8_t> row, std::uint8_t* to) {
  for (std::size_t x = 0; x < header.width; ++x, to += 3) {
    if (header.bits <= 8) {
      put(to, palette.colours[packed_value(row, x, header.bits)]);
    } else if (header.bits == 24) {
      put(to, {row[3 * x + 2], row[3 * x + 1], row[3 * x]});
    } else {
      const std::size_t width = header.bits / 8;
      std::uint32_t pixel = 0;
      for (std::size_t i = width; i-- > 0;) pixel = (pixel << 8) | row[width * x + i];
      put(to, {header.channels[0].of(pixel), header.channels[1].of(pixel), header.channels[2].of(pixel)});
    }
  }
}

Result<Decoded> read_raw(const Header& header, const Palette& palette, std::span<const std::uint8_t> data) {
  const std::uint64_t stride = (std::uint64_t{header.width} * header.bits + 31) / 32 * 4;
  const std::uint64_t row_bytes = (std::uint64_t{header.width} * header.bits + 7) / 8;
  // The last row may come without its padding.
  if (data.size() < row_bytes || (data.size() - row_bytes) / stride < header.height - 1) {
    return damaged("BMP", "its pixels break off");
  }
  Image image = blank_image(header.width, header.height);
  for (std::size_t row = 0; row < header.height; ++row) {
    std::uint8_t* to = &image.rgb[3 * row_in_picture(header, row) * header.width];
    convert_row(header, palette, data.subspan(row * stride, row_bytes), to);
  }
  return Decoded{std::move(image), 1};
}

/// Unpacks RLE8 and RLE4 into one colour index a pixel, in the file's row order. Runs that overshoot are cut.
class RunLengthReader {
 public:
  RunLengthReader(const Header& header, std::span<const std::uint8_t> data)
      : width_(header.width),
        height_(header.height),
        nibbles_(header.compression == kRle4),
        data_(data),
        indices_(std::size_t{header.width} * header.height) {}

  /// The indices, or nothing where the data breaks off.
  std::optional<std::vector<std::uint8_t>> read() {
    while (y_ < height_) {
      if (data_.size() < 2) return x_ >= width_ && y_ + 1 == height_ ? finished() : std::nullopt;
      const std::uint8_t count = data_[0];
      const std::uint8_t value = data_[1];
      data_ = data_.subspan(2);
      if (count > 0) {
        for (std::size_t i = 0; i < count; ++i) put_index(nibbles_ ? nibble(value, i) : value);
      } else if (value == kEndOfPicture) {
        return finished();
      } else if (!escape(value)) {
        return std::nullopt;
      }
    }
    return finished();
  }

 private:
  static constexpr std::uint8_t kEndOfLine = 0;
  static constexpr std::uint8_t kEndOfPicture = 1;
  static constexpr std::uint8_t kMove = 2;

  std::optional<std::vector<std::uint8_t>> finished() { return std::move(indices_); }

  static std::uint8_t nibble(std::uint8_t byte, std::size_t i) {
    return static_cast<std::uint8_t>(i % 2 == 0 ? byte >> 4 : byte & 0x0F);
  }

  void put_index(std::uint8_t index) {
    if (x_ < width_) indices_[y_ * width_ + x_++] = index;
  }

  bool escape(std::uint8_t value) {
    if (value == kEndOfLine) {
      x_ = 0;
      ++y_;
      return true;
    }
    if (value == kMove) {
      if (data_.size() < 2) return false;
      x_ += data_[0];
      y_ += data_[1];
      data_ = data_.subspan(2);
      return true;
    }
    // `value` literal indices, padded to an even number of bytes.
    const std::size_t bytes = nibbles_ ? (value + 1U) / 2 : value;
    const std::size_t padded = bytes + bytes % 2;
    if (data_.size() < bytes) return false;
    for (std::size_t i = 0; i < value; ++i) put_index(nibbles_ ? nibble(data_[i / 2], i) : data_[i]);
    data_ = data_.subspan(std::min(padded, data_.size()));
    return true;
  }

  std::size_t width_;
  std::size_t height_;
  bool nibbles_;
  std::span<const std::uint8_t> data_;
  std::vector<std::uint8_t> indices_;
  std::size_t x_ = 0;
  std::size_t y_ = 0;
};

Result<Decoded> read_runs(const Header& header, const Palette& palette, std::span<const std::uint8_t> data) {
  const auto indices = RunLengthReader(header, data).read();
  if (!indices) return damaged("BMP", "its pixels break off");
  Image image = blank_image(header.width, header.height);
  for (std::size_t row = 0; row < header.height; ++row) {
    std::uint8_t* to = &image.rgb[3 * row_in_picture(header, row) * header.width];
    for (std::size_t x = 0; x < header.width; ++x, to += 3)
      put(to, palette.colours[(*indices)[row * header.width + x]]);
  }
  return Decoded{std::move(image), 1};
}

}  // namespace

Result<Decoded> decode_bmp(Bytes bytes, const DecodeLimits& limits) {
  const Reader file(bytes);
  const auto header = read_header(file);
  if (!header) return pass(header);
  if (const auto ok = check_size("BMP", header->width, header->height, limits); !ok) return pass(ok);
  const Palette palette = read_palette(*header, file);
  const auto data = file.from(header->pixels_at);
  const bool raw = header->compression == kRaw || header->compression == kBitfields;
  return raw ? read_raw(*header, palette, data) : read_runs(*header, palette, data);
}

}  // namespace osler::images
