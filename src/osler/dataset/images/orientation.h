#pragma once

#include "osler/core/image.h"
#include "osler/dataset/images/format.h"

namespace osler::images {

/// The orientation (1..8) in an EXIF block, which may begin with "Exif\0\0"; 1 where there is none or it is broken.
[[nodiscard]] unsigned exif_orientation(Bytes exif);

/// Turns and mirrors a stored picture so that it stands upright, as PIL's ImageOps.exif_transpose does.
[[nodiscard]] Image upright(Image stored, unsigned orientation);

}  // namespace osler::images
