// The order counts: jpeglib.h needs <cstdio>, and jerror.h numbers its messages by what jpeglib.h defines.
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/orientation.h"
#include "osler/dataset/images/pixels.h"

namespace osler::images {
namespace {

/// Each scan of a progressive file costs a walk over all blocks, however few bytes it has. Encoders write about ten.
constexpr int kMaxScans = 100;

/// libjpeg only warns where data is missing or does not decode, and goes on with grey: these warnings are failures.
bool is_damage(int message) {
  constexpr std::array kDamage = {JWRN_HIT_MARKER, JWRN_JPEG_EOF, JWRN_HUFF_BAD_CODE, JWRN_ARITH_BAD_CODE,
                                  JWRN_MUST_RESYNC};
  return std::find(kDamage.begin(), kDamage.end(), message) != kDamage.end();
}

/// libjpeg's decoder for one picture. libjpeg reports errors by longjmp, so every call into it goes through
/// guarded(), and the steps given to guarded() own nothing that would need a destructor.
class Decompressor {
 public:
  Decompressor() {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_warning;
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = on_progress;
  }
  ~Decompressor() { jpeg_destroy_decompress(&info_); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Reads everything up to the first pixel.
  bool read_header(Bytes bytes) {
    return guarded([&] {
      jpeg_create_decompress(&info_);
      info_.progress = &progress_;
      jpeg_mem_src(&info_, data_of(bytes), bytes.size());
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
      jpeg_read_header(&info_, TRUE);
    });
  }

  /// Decodes into `rgb`; `row` holds one line in the file's own colours.
  bool read_pixels(std::uint8_t* rgb, std::vector<JSAMPLE>& row) {
    return guarded([&] {
      info_.out_color_space = colour_space();
      jpeg_start_decompress(&info_);
      while (info_.output_scanline < info_.output_height) {
        JSAMPROW line = row.data();
        jpeg_read_scanlines(&info_, &line, 1);
        put_row(rgb, line);
        rgb += std::size_t{3} * info_.output_width;
      }
      // Reads to the end marker: a file that was cut right before it is noticed here.
      jpeg_finish_decompress(&info_);
    });
  }

  [[nodiscard]] const jpeg_decompress_struct& info() const { return info_; }

  [[nodiscard]] tl::unexpected<Error> failure() const {
    if (message_ == JERR_SOF_UNSUPPORTED) return unsupported("JPEG", "a lossless or hierarchical coding");
    if (message_ == JERR_BAD_PRECISION) return unsupported("JPEG", "more than 8 bits a sample");
    if (message_ == kTooManyScans) return damaged("JPEG", fmt::format("it has more than {} scans", kMaxScans));
    return damaged("JPEG", text_.data());
  }

  [[nodiscard]] unsigned orientation() const {
    for (jpeg_saved_marker_ptr marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const Bytes data = std::as_bytes(std::span(marker->data, marker->data_length));
      if (text_of(data).starts_with(std::string_view("Exif\0", 5))) return exif_orientation(data);
    }
    return 1;
  }

 private:
  static constexpr int kTooManyScans = -1;

  template <class Step>
  bool guarded(const Step& step) {
    if (setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  static Decompressor& self_of(j_common_ptr info) { return *static_cast<Decompressor*>(info->client_data); }

  [[noreturn]] static void give_up(j_common_ptr info, int message) {
    Decompressor& self = self_of(info);
    self.message_ = message;
    std::longjmp(self.jump_, 1);
  }
  [[noreturn]] static void on_error(j_common_ptr info) {
    info->err->format_message(info, self_of(info).text_.data());
    give_up(info, info->err->msg_code);
  }
  static void on_warning(j_common_ptr info, int level) {
    if (level < 0 && is_damage(info->err->msg_code)) on_error(info);
  }
  static void on_progress(j_common_ptr info) {
    if (self_of(info).info_.input_scan_number > kMaxScans) give_up(info, kTooManyScans);
  }

  [[nodiscard]] J_COLOR_SPACE colour_space() const {
    if (info_.num_components == 1) return JCS_GRAYSCALE;
    return info_.num_components == 3 ? JCS_RGB : JCS_CMYK;
  }

  void put_row(std::uint8_t* rgb, const JSAMPLE* line) const {
    const std::size_t width = info_.output_width;
    if (info_.num_components == 3) {
      std::copy_n(line, 3 * width, rgb);
      return;
    }
    for (std::size_t x = 0; x < width; ++x, rgb += 3) {
      if (info_.num_components == 1) {
        put_grey(rgb, line[x]);
      } else {
        // Adobe stores ink inverted, and everybody who writes CMYK JPEG follows Adobe: so PIL assumes it always.
        const JSAMPLE* ink = line + 4 * x;
        put(rgb, rgb_of_cmyk(inverted(ink[0]), inverted(ink[1]), inverted(ink[2]), inverted(ink[3])));
      }
    }
  }

  jpeg_decompress_struct info_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_ = {};
  std::array<char, JMSG_LENGTH_MAX> text_ = {};
  int message_ = 0;
};

}  // namespace

Result<Decoded> decode_jpeg(Bytes bytes, const DecodeLimits& limits) {
  Decompressor jpeg;
  if (!jpeg.read_header(bytes)) return jpeg.failure();
  const auto& info = jpeg.info();
  const int components = info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    return unsupported("JPEG", fmt::format("{} colour components", components));
  }
  if (const auto ok = check_size("JPEG", info.image_width, info.image_height, limits); !ok) return pass(ok);
  // Read now: libjpeg forgets its markers when it has finished.
  const unsigned orientation = jpeg.orientation();
  Image image = blank_image(info.image_width, info.image_height);
  std::vector<JSAMPLE> row(std::size_t{info.image_width} * static_cast<std::size_t>(components));
  if (!jpeg.read_pixels(image.rgb.data(), row)) return jpeg.failure();
  return Decoded{std::move(image), orientation, components != 4};
}

}  // namespace osler::images
