#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "osler/core/error.h"
#include "osler/core/image.h"

namespace osler {

/// What one picture may cost; checked against the file's header, before any pixel is allocated.
struct DecodeLimits {
  std::uint64_t max_pixels = 100'000'000;
  bool keep_original = false;  ///< Image::original is wanted: who hands a picture on may do so in the file's own bytes.
};

/// Decodes a JPEG, PNG, WebP, TIFF, BMP or GIF file; the format is read from the content, never from a name.
///
/// The pixels are those of Python PIL's `ImageOps.exif_transpose(Image.open(f)).convert("RGB")`, bit for bit:
/// alpha is dropped, not composited; EXIF orientation is applied; of several frames or pages the first counts.
/// Where Osler differs, and why:
/// - 16-bit grey is scaled to 8 bits, (v * 255 + 32767) / 65535, where PIL clips everything above 255 to white.
/// - A file that breaks off or has damaged pixel data is an error; nothing is ever filled in grey.
/// - EXIF data that makes no sense is ignored, and so is an orientation in XMP; the picture stays as stored.
/// - A TIFF is turned once, where PIL 9's exif_transpose turns it twice.
///
/// Error::where is left empty: the caller knows the file's name.
[[nodiscard]] Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits = {});

}  // namespace osler
