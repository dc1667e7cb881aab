#include <fmt/format.h>
#include <png.h>

#include <array>
#include <charconv>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/orientation.h"
#include "osler/dataset/images/pixels.h"

namespace osler::images {
namespace {

/// Compressed text chunks may unpack to 8 MB each (libpng's limit); so many of them are kept at most.
constexpr png_uint_32 kMaxTextChunks = 16;

/// libpng's decoder for one picture. As with libjpeg, errors come by longjmp: see guarded().
class PngReader {
 public:
  explicit PngReader(Bytes bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {});
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool read_header() {
    if (info_ == nullptr) return false;
    return guarded([this] {
      png_set_read_fn(png_, this, on_read);
      // Our own limit speaks, not libpng's million pixels a side.
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_chunk_cache_max(png_, kMaxTextChunks);
      png_read_info(png_, info_);
    });
  }

  /// Calls `put_row(y, bytes)` for every row. Rows hold one byte or, at 16 bits, two big-endian bytes a sample.
  template <class PutRow>
  bool read_pixels(std::vector<png_byte>& buffer, const PutRow& put_row) {
    return guarded([&] {
      png_set_packing(png_);
      const int passes = png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      const std::size_t stride = png_get_rowbytes(png_, info_);
      const png_uint_32 height = png_get_image_height(png_, info_);
      // An interlaced picture comes in seven passes over all its rows, so that all of them are needed at once.
      for (int pass = 0; pass < passes; ++pass) {
        for (std::size_t y = 0; y < height; ++y) {
          png_byte* row = passes == 1 ? buffer.data() : buffer.data() + y * stride;
          png_read_row(png_, row, nullptr);
          if (pass + 1 == passes) put_row(y, row);
        }
      }
      png_read_end(png_, info_);
    });
  }

  [[nodiscard]] png_structp png() const { return png_; }
  [[nodiscard]] png_infop info() const { return info_; }
  [[nodiscard]] tl::unexpected<Error> failure() const { return damaged("PNG", text_.data()); }

 private:
  template <class Step>
  bool guarded(const Step& step) {
    if (setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  [[noreturn]] static void on_error(png_structp png, png_const_charp text) {
    auto& self = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(self.text_.data(), text, self.text_.size() - 1);
    std::longjmp(self.jump_, 1);
  }

  static void on_read(png_structp png, png_bytep to, std::size_t count) {
    auto& self = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > self.rest_.size()) png_error(png, "it breaks off");
    std::memcpy(to, self.rest_.data(), count);
    self.rest_ = self.rest_.subspan(count);
  }

  Bytes rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_ = {};
  std::array<char, 128> text_ = {"libpng does not start"};
};

/// Turns one unpacked row into RGB.
struct RowConverter {
  png_byte colour = 0;
  unsigned bits = 8;
  std::size_t channels = 1;
  Palette palette = {};

  explicit RowConverter(const PngReader& reader)
      : colour(png_get_color_type(reader.png(), reader.info())),
        bits(png_get_bit_depth(reader.png(), reader.info())),
        channels(png_get_channels(reader.png(), reader.info())) {
    png_colorp entries = nullptr;
    int count = 0;
    if (png_get_PLTE(reader.png(), reader.info(), &entries, &count) == 0) return;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      palette.colours[i] = {entries[i].red, entries[i].green, entries[i].blue};
    }
  }

  [[nodiscard]] std::size_t sample_bytes() const { return bits == 16 ? 2 : 1; }

  void convert(const png_byte* from, std::uint8_t* to, std::size_t width) const {
    const std::size_t step = channels * sample_bytes();
    for (std::size_t x = 0; x < width; ++x, from += step, to += 3) {
      if (colour == PNG_COLOR_TYPE_PALETTE) {
        put(to, palette.colours[*from]);
      } else if ((colour & PNG_COLOR_MASK_COLOR) != 0) {
        // Of 16 bits PIL keeps the upper 8; alpha is left where it lies.
        for (std::size_t c = 0; c < 3; ++c) to[c] = from[c * sample_bytes()];
      } else {
        put_grey(to, grey(from));
      }
    }
  }

 private:
  [[nodiscard]] std::uint8_t grey(const png_byte* from) const {
    if (bits < 16) return grey_of_bits(*from, bits);
    // Grey with alpha is no exception of ours: PIL keeps the upper 8 bits there, too.
    if (colour == PNG_COLOR_TYPE_GRAY_ALPHA) return *from;
    return grey_of_16_bits(from[0] * 256U + from[1]);
  }
};

std::vector<std::byte> bytes_of_hex(std::string_view hex) {
  std::vector<std::byte> out;
  std::array<char, 2> pair = {};
  std::size_t filled = 0;
  for (const char c : hex) {
    if (c == '\n') continue;
    pair[filled++] = c;
    if (filled < 2) continue;
    filled = 0;
    unsigned value = 0;
    if (std::from_chars(pair.data(), pair.data() + 2, value, 16).ptr != pair.data() + 2) return {};
    out.push_back(static_cast<std::byte>(value));
  }
  return out;
}

/// ImageMagick keeps a JPEG's EXIF as text: an empty line, the name, the length, then hexadecimal digits.
unsigned orientation_in_text(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return 1;
    text.remove_prefix(end + 1);
  }
  return exif_orientation(bytes_of_hex(text));
}

unsigned orientation_of(const PngReader& reader) {
  png_bytep exif = nullptr;
  png_uint_32 length = 0;
  if (png_get_eXIf_1(reader.png(), reader.info(), &length, &exif) != 0) {
    return exif_orientation(std::as_bytes(std::span(exif, length)));
  }
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(reader.png(), reader.info(), &texts, &count);
  for (const png_text& text : std::span(texts, static_cast<std::size_t>(count))) {
    if (std::string_view(text.key) == "Raw profile type exif")
      return orientation_in_text({text.text, text.text_length});
  }
  return 1;
}

}  // namespace

Result<Decoded> decode_png(Bytes bytes, const DecodeLimits& limits) {
  PngReader reader(bytes);
  if (!reader.read_header()) return reader.failure();
  const png_uint_32 width = png_get_image_width(reader.png(), reader.info());
  const png_uint_32 height = png_get_image_height(reader.png(), reader.info());
  if (const auto ok = check_size("PNG", width, height, limits); !ok) return pass(ok);
  const RowConverter converter(reader);
  Image image = blank_image(width, height);
  const bool interlaced = png_get_interlace_type(reader.png(), reader.info()) != PNG_INTERLACE_NONE;
  const std::size_t row_bytes = converter.channels * converter.sample_bytes() * width;
  std::vector<png_byte> buffer(row_bytes * (interlaced ? height : 1));
  const bool ok = reader.read_pixels(
      buffer, [&](std::size_t y, const png_byte* row) { converter.convert(row, &image.rgb[3 * y * width], width); });
  if (!ok) return reader.failure();
  return Decoded{std::move(image), orientation_of(reader)};
}

}  // namespace osler::images
