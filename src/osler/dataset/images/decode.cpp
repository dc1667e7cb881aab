#include "osler/dataset/images/decode.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/orientation.h"
#include "osler/dataset/images/sniff.h"

namespace osler {
namespace images {
namespace {

Result<Decoded> decode_as(Format format, Bytes bytes, const DecodeLimits& limits) {
  switch (format) {
    case Format::jpeg:
      return decode_jpeg(bytes, limits);
    case Format::png:
      return decode_png(bytes, limits);
    case Format::webp:
      return decode_webp(bytes, limits);
    case Format::tiff:
      return decode_tiff(bytes, limits);
    case Format::bmp:
      return decode_bmp(bytes, limits);
    case Format::gif:
      return decode_gif(bytes, limits);
  }
  return unsupported("picture", "an unknown format");
}

}  // namespace

Status check_size(std::string_view format, std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  if (width == 0 || height == 0) return damaged(format, fmt::format("it claims {} x {} pixels", width, height));
  // Divided, not multiplied: the product of two hostile numbers may not fit.
  if (height > limits.max_pixels / width) {
    return fail(ErrorCode::limit,
                fmt::format("the {} picture has {} x {} pixels, more than the limit of {} pixels in all", format, width,
                            height, limits.max_pixels),
                {}, "scale it down, or raise the limit if you trust the file");
  }
  return {};
}

Image blank_image(std::uint64_t width, std::uint64_t height) {
  return {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
          std::vector<std::uint8_t>(3 * width * height)};
}

tl::unexpected<Error> damaged(std::string_view format, std::string_view detail) {
  return fail(ErrorCode::malformed, fmt::format("the {} data is damaged: {}", format, detail), {},
              "fetch the file again");
}

tl::unexpected<Error> unsupported(std::string_view format, std::string_view feature) {
  return fail(ErrorCode::unsupported, fmt::format("the {} file has {}, which Osler does not read", format, feature), {},
              "convert it to an 8-bit RGB PNG");
}

}  // namespace images

Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  const auto format = images::sniff(bytes);
  if (!format) return pass(format);
  auto decoded = images::decode_as(*format, bytes, limits);
  if (!decoded) return pass(decoded);
  const bool plain = decoded->plain_colours && decoded->orientation == 1;
  Image image = images::upright(std::move(decoded->image), decoded->orientation);
  if (limits.keep_original) {
    image.original =
        std::make_shared<const EncodedImage>(EncodedImage{*format, plain, std::string(images::text_of(bytes))});
  }
  return image;
}

}  // namespace osler
