#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/pixels.h"
#include "osler/dataset/images/tiff_pixels.h"

namespace osler::images {
namespace {

/// As many as PIL reads.
constexpr unsigned kMaxSamples = 6;
/// What libtiff may allocate beside the pixels: directories, and tables of strips.
constexpr std::uint64_t kTableBytes = std::uint64_t{64} << 20;

/// The file in memory, and what libtiff said about it. libtiff's global handlers, which print, are never reached.
struct Source {
  std::span<const std::uint8_t> bytes;
  std::uint64_t position = 0;
  std::array<char, 200> problem = {};  ///< Empty while there is none. No string: it may not throw through libtiff.
  bool warnings_count = false;         ///< While pixels are read, a warning means that some of them are made up.

  [[nodiscard]] bool failed() const { return problem[0] != 0; }
};

void note(Source& source, const char* format, std::va_list arguments) {
  if (source.failed()) return;
  std::vsnprintf(source.problem.data(), source.problem.size(), format, arguments);
}

int on_error(TIFF*, void* source, const char*, const char* format, std::va_list arguments) {
  note(*static_cast<Source*>(source), format, arguments);
  return 1;
}

int on_warning(TIFF*, void* user, const char*, const char* format, std::va_list arguments) {
  auto& source = *static_cast<Source*>(user);
  const std::string_view text(format);
  // Said of data that decodes completely.
  const bool harmless = text.find("Old-style LZW") != text.npos || text.find("extraneous") != text.npos;
  if (source.warnings_count && !harmless) note(source, format, arguments);
  return 1;
}

tmsize_t on_read(thandle_t handle, void* to, tmsize_t count) {
  auto& source = *static_cast<Source*>(static_cast<void*>(handle));
  if (count <= 0 || source.position >= source.bytes.size()) return 0;
  const std::size_t taken =
      std::min<std::size_t>(static_cast<std::size_t>(count), source.bytes.size() - source.position);
  std::memcpy(to, source.bytes.data() + source.position, taken);
  source.position += taken;
  return static_cast<tmsize_t>(taken);
}

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto& source = *static_cast<Source*>(static_cast<void*>(handle));
  const std::uint64_t base = whence == SEEK_CUR ? source.position : whence == SEEK_END ? source.bytes.size() : 0;
  source.position = base + offset;
  return source.position;
}

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, CloseTiff>;
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

Tiff open(Source& source, const DecodeLimits& limits) {
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  if (options == nullptr) return nullptr;
  const std::uint64_t pixel_bytes =
      std::min<std::uint64_t>(limits.max_pixels, std::uint64_t{1} << 40) * 2 * kMaxSamples;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(pixel_bytes + kTableBytes));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_error, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_warning, &source);
  return Tiff(TIFFClientOpenExt(
      "TIFF", "rm", &source, on_read, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, on_seek,
      [](thandle_t) { return 0; },
      [](thandle_t handle) -> toff_t { return static_cast<Source*>(static_cast<void*>(handle))->bytes.size(); },
      nullptr, nullptr, options.get()));
}

tl::unexpected<Error> tiff_failure(const Source& source) {
  return damaged("TIFF", source.failed() ? source.problem.data() : "it breaks off");
}

template <class T>
T field(TIFF* tiff, std::uint32_t tag, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : otherwise;
}

/// The codecs that pictures come in, where libtiff was built with them; JBIG, LERC and their like are left out.
bool is_readable(std::uint16_t compression) {
  constexpr std::array<std::uint16_t, 12> kReadable = {
      COMPRESSION_NONE, COMPRESSION_CCITTRLE,      COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4,
      COMPRESSION_LZW,  COMPRESSION_JPEG,          COMPRESSION_PACKBITS,  COMPRESSION_DEFLATE,
      COMPRESSION_LZMA, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_ZSTD,      COMPRESSION_WEBP};
  return std::find(kReadable.begin(), kReadable.end(), compression) != kReadable.end() &&
         TIFFIsCODECConfigured(compression) != 0;
}

/// What the samples mean; nothing where Osler cannot say it in RGB.
std::optional<TiffColour> colour_of(TIFF* tiff, unsigned samples) {
  // Files that forget this tag mean "min is white", as PIL and the oldest writers do.
  switch (field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE)) {
    case PHOTOMETRIC_MINISWHITE:
      return TiffColour::inverted_grey;
    case PHOTOMETRIC_MINISBLACK:
      return TiffColour::grey;
    case PHOTOMETRIC_PALETTE:
      return TiffColour::palette;
    case PHOTOMETRIC_RGB:
      if (samples >= 3) return TiffColour::rgb;
      return std::nullopt;
    case PHOTOMETRIC_SEPARATED:
      if (samples >= 4) return TiffColour::cmyk;
      return std::nullopt;
    case PHOTOMETRIC_YCBCR:
      // libtiff's JPEG decoder gives RGB if it is asked to, and only pixel by pixel.
      if (samples == 3 && field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, 0) == COMPRESSION_JPEG &&
          field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_CONTIG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        return TiffColour::rgb;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

bool has_associated_alpha(TIFF* tiff) {
  std::uint16_t count = 0;
  std::uint16_t* kinds = nullptr;
  return TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count > 0 &&
         kinds[0] == EXTRASAMPLE_ASSOCALPHA;
}

Result<TiffLayout> read_layout(TIFF* tiff) {
  TiffLayout layout;
  layout.width = field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  layout.height = field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  layout.bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.separate = layout.samples > 1 &&
                    field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  const auto sample_format = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (sample_format != SAMPLEFORMAT_UINT && sample_format != SAMPLEFORMAT_VOID) {
    return unsupported("TIFF", "signed, complex or floating-point samples");
  }
  if (layout.samples == 0 || layout.samples > kMaxSamples) {
    return unsupported("TIFF", fmt::format("{} samples a pixel", layout.samples));
  }
  const auto compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (!is_readable(compression)) {
    return unsupported("TIFF", fmt::format("compression {}", compression));
  }
  const auto colour = colour_of(tiff, layout.samples);
  if (!colour) return unsupported("TIFF", "a colour space beyond grey, RGB, CMYK, palette and JPEG's own");
  layout.colour = *colour;
  const bool single = layout.colour != TiffColour::rgb && layout.colour != TiffColour::cmyk;
  const bool packed = layout.bits == 1 || layout.bits == 2 || layout.bits == 4;
  const bool wide = layout.bits == 16 && layout.colour != TiffColour::palette;
  if (layout.bits != 8 && !wide && !(packed && single)) {
    return unsupported("TIFF", fmt::format("{} bits a sample in {} samples", layout.bits, layout.samples));
  }
  layout.premultiplied = layout.colour == TiffColour::rgb && layout.samples > 3 && has_associated_alpha(tiff);
  layout.used = single ? 1 : layout.colour == TiffColour::cmyk || layout.premultiplied ? 4 : 3;
  return layout;
}

Palette read_palette(TIFF* tiff, unsigned bits) {
  Palette palette;
  std::array<std::uint16_t*, 3> table = {};
  if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &table[0], &table[1], &table[2]) != 1) return palette;
  for (std::size_t i = 0; i < std::size_t{1} << bits; ++i) {
    for (std::size_t c = 0; c < 3; ++c) palette.colours[i][c] = static_cast<std::uint8_t>(table[c][i] >> 8);
  }
  return palette;
}

/// A strip is a tile as wide as the picture; a picture of tiles is padded at its right and lower edge.
struct Grid {
  bool tiled = false;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

Grid read_grid(TIFF* tiff, const TiffLayout& layout) {
  if (TIFFIsTiled(tiff) != 0) {
    return {true, field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH, 0), field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH, 0)};
  }
  const auto rows = field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, layout.height);
  return {false, layout.width, std::min(rows, layout.height)};
}

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t step) { return (value + step - 1) / step * step; }

/// Decodes all tiles or strips of all planes that count.
bool read_samples(TIFF* tiff, const TiffLayout& layout, const Grid& grid, TiffSamples& samples) {
  const std::size_t unit_samples = layout.separate ? 1 : layout.samples;
  const std::size_t stride = (std::size_t{grid.width} * unit_samples * layout.bits + 7) / 8;
  std::vector<std::uint8_t> unit(stride * grid.height);
  std::uint32_t index = 0;
  for (std::size_t plane = 0; plane < (layout.separate ? layout.used : 1); ++plane) {
    for (std::size_t top = 0; top < layout.height; top += grid.height) {
      const std::size_t rows = std::min<std::size_t>(grid.height, layout.height - top);
      for (std::size_t left = 0; left < layout.width; left += grid.width, ++index) {
        const std::size_t wanted = stride * (grid.tiled ? grid.height : rows);
        const auto size = static_cast<tmsize_t>(wanted);
        const tmsize_t got = grid.tiled ? TIFFReadEncodedTile(tiff, index, unit.data(), size)
                                        : TIFFReadEncodedStrip(tiff, index, unit.data(), size);
        if (got != size) return false;
        const std::size_t columns = std::min<std::size_t>(grid.width, layout.width - left);
        for (std::size_t y = 0; y < rows; ++y) {
          samples.take(std::span(unit).subspan(y * stride, stride), left, top + y, columns, plane);
        }
      }
    }
  }
  return true;
}

}  // namespace

Result<Decoded> decode_tiff(Bytes bytes, const DecodeLimits& limits) {
  Source source{std::span(data_of(bytes), bytes.size())};
  const Tiff tiff = open(source, limits);
  if (tiff == nullptr) return tiff_failure(source);
  const auto layout = read_layout(tiff.get());
  if (!layout) return pass(layout);
  if (const auto ok = check_size("TIFF", layout->width, layout->height, limits); !ok) return pass(ok);
  const Grid grid = read_grid(tiff.get(), *layout);
  if (grid.width == 0 || grid.height == 0) return damaged("TIFF", "its tiles have no size");
  // Hostile files claim a small picture in tiles of any size.
  if (const auto ok =
          check_size("TIFF", rounded_up(layout->width, grid.width), rounded_up(layout->height, grid.height), limits);
      !ok) {
    return pass(ok);
  }
  TiffSamples samples(*layout);
  source.problem = {};
  source.warnings_count = true;
  if (!read_samples(tiff.get(), *layout, grid, samples) || source.failed()) return tiff_failure(source);
  const Palette palette = layout->colour == TiffColour::palette ? read_palette(tiff.get(), layout->bits) : Palette();
  const auto orientation = field<std::uint16_t>(tiff.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  return Decoded{std::move(samples).to_rgb(palette), orientation};
}

}  // namespace osler::images
