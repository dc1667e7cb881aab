// Whatever the bytes: decode_image gives a whole picture or a sentence, and touches nothing that is not its own.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "osler/dataset/images/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Few pixels, so that the fuzzer spends its time on the parsers.
  constexpr osler::DecodeLimits kLimits{.max_pixels = 1 << 16};
  const auto image = osler::decode_image(std::as_bytes(std::span(data, size)), kLimits);
  if (image) {
    if (image->rgb.size() != std::size_t{3} * image->width * image->height) std::abort();
    if (std::uint64_t{image->width} * image->height > kLimits.max_pixels) std::abort();
  } else if (image.error().what.empty()) {
    std::abort();
  }
  return 0;
}
