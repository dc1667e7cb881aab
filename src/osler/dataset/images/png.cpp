#include <fmt/format.h>
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/pixels.h"
#include "osler/dataset/images/png_chunks.h"

namespace osler::images {
namespace {

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
      // All chunks that are not needed for the pixels are stepped over.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
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

  [[nodiscard]] bool is_plain(const PngReader& reader) const {
    const bool sees_through = png_get_valid(reader.png(), reader.info(), PNG_INFO_tRNS) != 0;
    return bits <= 8 && (colour & PNG_COLOR_MASK_ALPHA) == 0 && !sees_through;
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

}  // namespace

Result<Decoded> decode_png(Bytes bytes, const DecodeLimits& limits) {
  const auto orientation = png_orientation(bytes);
  if (!orientation) return damaged("PNG", "it breaks off");
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
  return Decoded{std::move(image), *orientation, converter.is_plain(reader)};
}

}  // namespace osler::images
