#pragma once

#include <string>

#include "osler/core/image.h"

namespace osler::cli {

/// A picture as lines of text, for characters twice as high as wide: half blocks in 24-bit colour, two pixels in a
/// character, colours reset at the end of every line; without colour a ramp of ASCII characters from dark to light.
/// At most `columns` characters wide and as many lines high, in proportion, and never larger than the picture. Empty
/// for a picture without pixels and for no columns.
[[nodiscard]] std::string terminal_picture(const Image& image, int columns, bool colour);

}  // namespace osler::cli
