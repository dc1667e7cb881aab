#pragma once

#include <string>

#include "osler/core/error.h"
#include "osler/core/image.h"

namespace osler {

/// Encodes a decoded picture as an RGB PNG of 8 bits; decode_image gives the same pixels back.
[[nodiscard]] Result<std::string> encode_png(const Image& image);

}  // namespace osler
