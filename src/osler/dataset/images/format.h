#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/core/image.h"
#include "osler/dataset/images/decode.h"

/// What the decoders of this room share. Only decode.h is for other rooms.
namespace osler::images {

using Bytes = std::span<const std::byte>;

/// A picture as its file stores it, and how it is to be turned (EXIF orientation, 1..8).
struct Decoded {
  Image image;
  unsigned orientation = 1;
  bool plain_colours = false;  ///< As EncodedImage::plain has it, but for the orientation.
};

[[nodiscard]] Result<Decoded> decode_bmp(Bytes bytes, const DecodeLimits& limits);
[[nodiscard]] Result<Decoded> decode_gif(Bytes bytes, const DecodeLimits& limits);
[[nodiscard]] Result<Decoded> decode_jpeg(Bytes bytes, const DecodeLimits& limits);
[[nodiscard]] Result<Decoded> decode_png(Bytes bytes, const DecodeLimits& limits);
[[nodiscard]] Result<Decoded> decode_tiff(Bytes bytes, const DecodeLimits& limits);
[[nodiscard]] Result<Decoded> decode_webp(Bytes bytes, const DecodeLimits& limits);

/// Refuses a picture without pixels, or with more of them than the limit.
[[nodiscard]] Status check_size(std::string_view format, std::uint64_t width, std::uint64_t height,
                                const DecodeLimits& limits);

/// A black picture of a size that check_size has seen.
[[nodiscard]] Image blank_image(std::uint64_t width, std::uint64_t height);

/// "the FORMAT data is damaged: DETAIL", with the way out that fits every broken file.
[[nodiscard]] tl::unexpected<Error> damaged(std::string_view format, std::string_view detail);

/// "the FORMAT file uses FEATURE, which Osler does not read", with the way out.
[[nodiscard]] tl::unexpected<Error> unsupported(std::string_view format, std::string_view feature);

/// Bytes as the C libraries want them.
[[nodiscard]] inline const std::uint8_t* data_of(Bytes bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

/// Bytes as text, for comparing magic numbers.
[[nodiscard]] inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace osler::images
