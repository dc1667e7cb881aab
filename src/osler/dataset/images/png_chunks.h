#pragma once

#include <optional>

#include "osler/dataset/images/format.h"

namespace osler::images {

/// Walks over a PNG's chunks up to IEND: the EXIF orientation, or nothing where a chunk claims more than the file has.
///
/// libpng would allocate whatever length a chunk claims, and unpack its compressed text; it is shown neither.
[[nodiscard]] std::optional<unsigned> png_orientation(Bytes bytes);

}  // namespace osler::images
