#include "osler/phantom/png.h"

#include <png.h>

namespace osler::phantom {

Result<std::string> encode_png(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = kPictureSize;
  image.height = kPictureSize;
  image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.samples.data(), 0, nullptr) == 0) {
    return fail(ErrorCode::io, std::string("libpng cannot encode a picture: ") + image.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace osler::phantom
