#pragma once

#include <string>

#include "osler/core/error.h"
#include "osler/phantom/canvas.h"

namespace osler::phantom {

/// Encodes as PNG, 8 bits grey or RGB. The bytes are the same for the same versions of libpng and zlib; the pixels
/// always are.
[[nodiscard]] Result<std::string> encode_png(const Picture& picture);

}  // namespace osler::phantom
