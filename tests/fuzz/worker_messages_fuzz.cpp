// Whatever the bytes: a message that says the same when it is sent on, or an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "osler/engine/worker/messages.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string payload_of(const osler::OutgoingFrame& frame) {
  std::string payload = frame.bytes.substr(osler::kFrameHead);
  if (frame.pixels) payload.append(frame.pixels->rgb.begin(), frame.pixels->rgb.end());
  return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const osler::Frame frame{data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1)};
  const auto message = osler::messages::decode(frame);
  if (!message) {
    require(message.error().code == osler::ErrorCode::malformed);
    return 0;
  }
  const auto sent = osler::messages::encode(*message);
  require(static_cast<std::uint8_t>(sent.bytes.front()) == frame.type);
  // Numbers have longer forms than the one that is written, so the second time is compared with the first.
  const auto again = osler::messages::decode({frame.type, payload_of(sent)});
  require(again.has_value() && payload_of(osler::messages::encode(*again)) == payload_of(sent));
  return 0;
}
