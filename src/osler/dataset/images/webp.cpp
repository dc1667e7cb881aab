#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "osler/dataset/images/format.h"
#include "osler/dataset/images/orientation.h"

namespace osler::images {
namespace {

/// libwebp counts bytes a row in an int, and a canvas may be 2^24 pixels a side: so wide a row would still fit.
constexpr std::uint64_t kMaxCanvasSide = std::uint64_t{1} << 24;

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DeleteDemuxer>;

/// The first frame, released with its iterator.
class FirstFrame {
 public:
  explicit FirstFrame(const WebPDemuxer* demuxer) : found_(WebPDemuxGetFrame(demuxer, 1, &frame_) != 0) {}
  ~FirstFrame() { WebPDemuxReleaseIterator(&frame_); }
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;

  [[nodiscard]] bool found() const { return found_; }
  [[nodiscard]] const WebPIterator& operator*() const { return frame_; }

 private:
  WebPIterator frame_ = {};
  bool found_;
};

unsigned orientation_of(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk = {};
  unsigned orientation = 1;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) != 0) {
    orientation = exif_orientation(std::as_bytes(std::span(chunk.chunk.bytes, chunk.chunk.size)));
  }
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

/// Decodes a frame straight to its place on the canvas; what it does not cover stays black, as transparent black is.
bool decode_onto(Image& canvas, const WebPIterator& frame) {
  const auto x = static_cast<std::size_t>(frame.x_offset);
  const auto y = static_cast<std::size_t>(frame.y_offset);
  const auto width = static_cast<std::size_t>(frame.width);
  const auto height = static_cast<std::size_t>(frame.height);
  if (x + width > canvas.width || y + height > canvas.height) return false;
  const std::size_t stride = std::size_t{3} * canvas.width;
  const std::size_t start = y * stride + 3 * x;
  return WebPDecodeRGBInto(frame.fragment.bytes, frame.fragment.size, canvas.rgb.data() + start,
                           canvas.rgb.size() - start, static_cast<int>(stride)) != nullptr;
}

}  // namespace

Result<Decoded> decode_webp(Bytes bytes, const DecodeLimits& limits) {
  const WebPData data = {data_of(bytes), bytes.size()};
  // Parses the chunks only. A file that is shorter than its header says gives none.
  const Demuxer demuxer(WebPDemux(&data));
  if (demuxer == nullptr) return damaged("WebP", "it breaks off, or its chunks do not fit together");
  const std::uint64_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const std::uint64_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (const auto ok = check_size("WebP", width, height, limits); !ok) return pass(ok);
  const FirstFrame frame(demuxer.get());
  if (!frame.found()) return damaged("WebP", "it has no frame");
  if (width > kMaxCanvasSide) return unsupported("WebP", fmt::format("a canvas {} pixels wide", width));
  Image image = blank_image(width, height);
  if (!decode_onto(image, *frame)) return damaged("WebP", "its pixels do not decode");
  const std::uint32_t flags = WebPDemuxGetI(demuxer.get(), WEBP_FF_FORMAT_FLAGS);
  const bool plain = (flags & (ALPHA_FLAG | ANIMATION_FLAG)) == 0 && (*frame).has_alpha == 0;
  return Decoded{std::move(image), orientation_of(demuxer.get()), plain};
}

}  // namespace osler::images
