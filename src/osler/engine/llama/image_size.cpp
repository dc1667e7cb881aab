#include "osler/engine/llama/image_size.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

namespace osler {
namespace {

constexpr std::uint32_t kMaxRatio = 200;
constexpr std::uint64_t kLibraryMaxTokens = 4096;  ///< clip.cpp's limit of Qwen's images.
constexpr std::uint32_t kDefaultMerge = 2;         ///< Patches along a side that become one token.
constexpr std::uint64_t kMaxFactor = 4096;         ///< More than any model has; keeps damaged files from overflowing.
constexpr std::uint64_t kMaxArea = std::numeric_limits<std::int32_t>::max();  ///< The library counts pixels in an int.

/// Projectors whose pictures smart_resize sizes, with the range in their preprocessor_config.json (min_pixels and
/// max_pixels of Qwen2-VL and Qwen2.5-VL, shortest_edge and longest_edge of Qwen3-VL).
struct Processor {
  std::string_view projector;
  std::uint64_t min_pixels;
  std::uint64_t max_pixels;
};

constexpr std::array<Processor, 4> kProcessors{{{"qwen2vl_merger", 3136, 12'845'056},
                                                {"qwen2.5vl_merger", 3136, 12'845'056},
                                                {"qwen2.5o", 3136, 12'845'056},
                                                {"qwen3vl_merger", 65'536, 16'777'216}}};

const Processor* processor_of(const GgufHead& projector) {
  std::string type = projector.text("clip.projector_type");
  if (type.empty()) type = projector.text("clip.vision.projector_type");
  const auto* found = std::find_if(kProcessors.begin(), kProcessors.end(),
                                   [&](const Processor& processor) { return processor.projector == type; });
  return found == kProcessors.end() ? nullptr : found;
}

}  // namespace

Result<ImageSize> smart_resize(std::uint32_t height, std::uint32_t width, std::uint32_t factor,
                               std::uint64_t min_pixels, std::uint64_t max_pixels) {
  const std::uint64_t longer = std::max(height, width);
  const std::uint64_t shorter = std::min(height, width);
  if (longer > kMaxRatio * shorter) {
    return fail(ErrorCode::limit,
                fmt::format("an image of {} x {} pixels is too narrow: the model's own processor refuses sides whose "
                            "ratio is over {}",
                            width, height, kMaxRatio),
                {}, "look whether the image is damaged");
  }
  // The steps and their order are the processor's, so that each rounds as there. nearbyint takes halves to the even
  // neighbour, like Python's round().
  const double side = factor;
  const double area = static_cast<double>(std::uint64_t{height} * width);
  double new_height = std::nearbyint(height / side) * side;
  double new_width = std::nearbyint(width / side) * side;
  if (new_height * new_width > static_cast<double>(max_pixels)) {
    const double beta = std::sqrt(area / static_cast<double>(max_pixels));
    new_height = std::max(side, std::floor(height / beta / side) * side);
    new_width = std::max(side, std::floor(width / beta / side) * side);
  } else if (new_height * new_width < static_cast<double>(min_pixels)) {
    const double beta = std::sqrt(static_cast<double>(min_pixels) / area);
    new_height = std::ceil(height * beta / side) * side;
    new_width = std::ceil(width * beta / side) * side;
  }
  return ImageSize{static_cast<std::uint32_t>(new_width), static_cast<std::uint32_t>(new_height)};
}

ImageSizeRule ImageSizeRule::of(const GgufHead& projector, const LlamaOptions& options) {
  ImageSizeRule rule;
  rule.image_min_tokens = options.image_min_tokens;
  rule.image_max_tokens = options.image_max_tokens;
  const Processor* processor = processor_of(projector);
  if (processor == nullptr) return rule;
  const std::uint64_t patch = projector.number("clip.vision.patch_size").value_or(0);
  const std::uint64_t merge = projector.number("clip.vision.spatial_merge_size").value_or(kDefaultMerge);
  if (patch == 0 || merge == 0 || patch > kMaxFactor || merge > kMaxFactor / patch) return rule;
  const std::uint64_t token_pixels = patch * merge * patch * merge;

  std::uint64_t least = projector.number("clip.vision.image_min_pixels").value_or(0);
  std::uint64_t most = projector.number("clip.vision.image_max_pixels").value_or(0);
  if (least == 0 || most < least || most < token_pixels) {
    least = processor->min_pixels;
    most = processor->max_pixels;
  }
  most = std::min(most, kLibraryMaxTokens * token_pixels);
  if (options.image_min_tokens > 0) least = static_cast<std::uint64_t>(options.image_min_tokens) * token_pixels;
  if (options.image_max_tokens > 0) most = static_cast<std::uint64_t>(options.image_max_tokens) * token_pixels;
  most = std::min(most, kMaxArea);
  // Limits that leave no size are for the library to refuse when it loads.
  if (most < least) return rule;
  rule.factor = static_cast<std::uint32_t>(patch * merge);
  rule.min_pixels = least;
  rule.max_pixels = most;
  rule.image_min_tokens = std::max(1, static_cast<std::int32_t>(least / token_pixels));
  rule.image_max_tokens = static_cast<std::int32_t>(most / token_pixels);
  return rule;
}

Result<std::optional<ImageSize>> ImageSizeRule::size_for(std::uint32_t width, std::uint32_t height) const {
  if (factor == 0 || width == 0 || height == 0) return std::optional<ImageSize>();
  const auto size = smart_resize(height, width, factor, min_pixels, max_pixels);
  if (!size) return pass(size);
  // Outside of the range where it is narrow or the picture long. The library would resize once more, which had better
  // be done from the original pixels.
  const std::uint64_t area = std::uint64_t{size->width} * size->height;
  if (area < min_pixels || area > max_pixels) return std::optional<ImageSize>();
  return std::optional(*size);
}

}  // namespace osler
