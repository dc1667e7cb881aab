#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/pixels.h"

namespace osler::images {
namespace {

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};
using Gif = std::unique_ptr<GifFileType, CloseGif>;

int read_from_span(GifFileType* gif, GifByteType* to, int count) {
  auto& rest = *static_cast<Bytes*>(gif->UserData);
  const std::size_t taken = std::min(static_cast<std::size_t>(count), rest.size());
  if (taken > 0) std::memcpy(to, rest.data(), taken);
  rest = rest.subspan(taken);
  return static_cast<int>(taken);
}

tl::unexpected<Error> gif_failure(int code) {
  const char* text = GifErrorString(code);
  return damaged("GIF", text != nullptr ? text : "it breaks off");
}

/// Walks over one extension; a graphic control extension may name the transparent colour.
bool read_extension(GifFileType* gif, std::optional<std::uint8_t>& transparent) {
  int function = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(gif, &function, &block) == GIF_ERROR) return false;
  // The first byte of a block is its length: flags, delay (2), colour.
  if (block != nullptr && function == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4 && (block[1] & 1) != 0) {
    transparent = block[4];
  }
  while (block != nullptr) {
    if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return false;
  }
  return true;
}

/// Goes to the first picture's description. Nothing of what follows it is read: an animation may be a bomb.
Status seek_first_frame(GifFileType* gif, std::optional<std::uint8_t>& transparent) {
  for (;;) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif, &record) == GIF_ERROR) return gif_failure(gif->Error);
    if (record == TERMINATE_RECORD_TYPE) return damaged("GIF", "it holds no picture");
    if (record == IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetImageDesc(gif) == GIF_ERROR) return gif_failure(gif->Error);
      return {};
    }
    if (!read_extension(gif, transparent)) return gif_failure(gif->Error);
  }
}

Palette palette_of(const GifFileType& gif) {
  Palette palette;
  const ColorMapObject* map = gif.Image.ColorMap != nullptr ? gif.Image.ColorMap : gif.SColorMap;
  if (map == nullptr) return palette;
  for (std::size_t i = 0; i < static_cast<std::size_t>(map->ColorCount); ++i) {
    palette.colours[i] = {map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue};
  }
  return palette;
}

/// The order in which the rows of a frame are stored.
std::vector<std::size_t> row_order(std::size_t height, bool interlaced) {
  struct Pass {
    std::size_t first;
    std::size_t step;
  };
  constexpr std::array<Pass, 4> kInterlaced = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  std::vector<std::size_t> rows;
  rows.reserve(height);
  if (!interlaced) {
    for (std::size_t y = 0; y < height; ++y) rows.push_back(y);
    return rows;
  }
  for (const Pass& pass : kInterlaced) {
    for (std::size_t y = pass.first; y < height; y += pass.step) rows.push_back(y);
  }
  return rows;
}

}  // namespace

Result<Decoded> decode_gif(Bytes bytes, const DecodeLimits& limits) {
  Bytes rest = bytes;
  int error = 0;
  const Gif gif(DGifOpen(&rest, read_from_span, &error));
  if (gif == nullptr) return gif_failure(error);
  std::optional<std::uint8_t> transparent;
  if (const auto found = seek_first_frame(gif.get(), transparent); !found) return pass(found);
  const GifImageDesc& frame = gif->Image;
  // giflib has read 16-bit numbers into ints, so that none is negative and no sum overflows.
  const auto left = static_cast<std::size_t>(frame.Left);
  const auto top = static_cast<std::size_t>(frame.Top);
  const auto frame_width = static_cast<std::size_t>(frame.Width);
  const auto frame_height = static_cast<std::size_t>(frame.Height);
  if (const auto ok = check_size("GIF", frame_width, frame_height, limits); !ok) return pass(ok);
  // A frame that reaches beyond the screen makes the screen larger, as in PIL.
  const std::size_t width = std::max(static_cast<std::size_t>(gif->SWidth), left + frame_width);
  const std::size_t height = std::max(static_cast<std::size_t>(gif->SHeight), top + frame_height);
  if (const auto ok = check_size("GIF", width, height, limits); !ok) return pass(ok);

  const Palette palette = palette_of(*gif);
  Image image = blank_image(width, height);
  if (frame_width < width || frame_height < height) {
    // Around the frame PIL shows the transparent colour, or else colour 0; not the background colour of the file.
    const Rgb& around = palette.colours[transparent.value_or(0)];
    for (std::size_t i = 0; i < image.rgb.size(); i += 3) put(&image.rgb[i], around);
  }
  std::vector<GifPixelType> line(frame_width);
  for (const std::size_t y : row_order(frame_height, frame.Interlace)) {
    if (DGifGetLine(gif.get(), line.data(), frame.Width) == GIF_ERROR) return gif_failure(gif->Error);
    std::uint8_t* to = &image.rgb[3 * ((top + y) * width + left)];
    for (std::size_t x = 0; x < frame_width; ++x) put(to + 3 * x, palette.colours[line[x]]);
  }
  return Decoded{std::move(image), 1};
}

}  // namespace osler::images
