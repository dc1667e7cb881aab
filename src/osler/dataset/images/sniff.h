#pragma once

#include "osler/core/error.h"
#include "osler/dataset/images/format.h"

namespace osler::images {

using Format = ImageFormat;

/// The format by its magic number. What is no picture that Osler reads fails with a sentence that says what it is.
[[nodiscard]] Result<Format> sniff(Bytes bytes);

}  // namespace osler::images
