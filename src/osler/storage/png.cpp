#include "osler/storage/png.h"

#include <png.h>

#include <cassert>
#include <limits>

namespace osler {

Result<std::string> encode_png(const PixelRows& pixels) {
  assert(pixels.channels == 1 || pixels.channels == 3);
  assert(pixels.samples.size() == pixels.channels * pixels.width * pixels.height);
  if (pixels.samples.empty()) return fail(ErrorCode::malformed, "a picture without pixels cannot be a PNG");
  // libpng counts the samples of such an image in 32 bits.
  if (pixels.samples.size() > std::numeric_limits<std::int32_t>::max()) {
    return fail(ErrorCode::limit, "the picture is too large for a PNG", {}, "scale it down");
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = pixels.width;
  image.height = pixels.height;
  image.format = pixels.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.samples.data(), 0, nullptr) == 0) {
    return fail(ErrorCode::io, std::string("libpng cannot encode a picture: ") + image.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace osler
