#include "osler/dataset/images/encode_png.h"

#include "osler/storage/png.h"

namespace osler {

Result<std::string> encode_png(const Image& image) {
  return encode_png(PixelRows{image.width, image.height, 3, image.rgb});
}

}  // namespace osler
