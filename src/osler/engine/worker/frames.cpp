#include "osler/engine/worker/frames.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace osler {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 20;

std::uint64_t length_in(const std::array<char, kFrameHead>& head) {
  std::uint64_t length = 0;
  for (std::size_t i = kFrameHead; i-- > 1;) length = length << 8U | static_cast<std::uint8_t>(head.at(i));
  return length;
}

bool would_block(int problem) { return problem == EAGAIN || problem == EWOULDBLOCK; }

}  // namespace

Result<bool> FrameReader::receive(char* to, std::size_t room, std::size_t& count, Wait wait) const {
  while (true) {
    const ssize_t got = ::recv(socket_, to, room, wait == Wait::yes ? 0 : MSG_DONTWAIT);
    if (got > 0) {
      count += static_cast<std::size_t>(got);
      return true;
    }
    if (got == 0) return fail(ErrorCode::io, "the other side has ended");
    if (errno == EINTR) continue;
    if (would_block(errno)) return false;
    return fail(ErrorCode::io, fmt::format("cannot receive: {}", std::strerror(errno)));
  }
}

Status FrameReader::begin_payload() {
  frame_.type = static_cast<std::uint8_t>(head_.front());
  length_ = length_in(head_);
  received_ = 0;
  frame_.payload.clear();
  if (length_ <= limit_) return {};
  return fail(ErrorCode::malformed, fmt::format("a message of type {} announces {} bytes", frame_.type, length_));
}

Result<std::optional<Frame>> FrameReader::read(Wait wait) {
  while (head_size_ < kFrameHead) {
    const auto got = receive(head_.data() + head_size_, kFrameHead - head_size_, head_size_, wait);
    if (!got) return pass(got);
    if (!*got) return std::optional<Frame>();
    if (head_size_ < kFrameHead) continue;
    if (auto status = begin_payload(); !status) return pass(status);
  }
  while (received_ < length_) {
    if (received_ == frame_.payload.size()) frame_.payload.resize(std::min<std::uint64_t>(length_, received_ + kStep));
    const auto got = receive(frame_.payload.data() + received_, frame_.payload.size() - received_, received_, wait);
    if (!got) return pass(got);
    if (!*got) return std::optional<Frame>();
  }
  head_size_ = 0;
  return std::optional<Frame>(std::move(frame_));
}

OutgoingFrame make_frame(std::uint8_t type, std::string_view payload, std::shared_ptr<const Image> pixels) {
  const std::uint64_t length = payload.size() + (pixels ? pixels->rgb.size() : 0);
  OutgoingFrame frame;
  frame.bytes.reserve(kFrameHead + payload.size());
  frame.bytes.push_back(static_cast<char>(type));
  for (unsigned shift = 0; shift < 64; shift += 8) frame.bytes.push_back(static_cast<char>(length >> shift & 0xFFU));
  frame.bytes += payload;
  frame.pixels = std::move(pixels);
  return frame;
}

Result<bool> FrameWriter::send_front(FrameReader::Wait wait) {
  const OutgoingFrame& frame = waiting_.front();
  const std::size_t total = frame.bytes.size() + (frame.pixels ? frame.pixels->rgb.size() : 0);
  while (sent_ < total) {
    const bool in_pixels = sent_ >= frame.bytes.size();
    const void* from = frame.bytes.data() + sent_;
    if (in_pixels) from = frame.pixels->rgb.data() + (sent_ - frame.bytes.size());
    const std::size_t left = (in_pixels ? total : frame.bytes.size()) - sent_;
    const int flags = MSG_NOSIGNAL | (wait == FrameReader::Wait::yes ? 0 : MSG_DONTWAIT);
    const ssize_t put = ::send(socket_, from, left, flags);
    if (put >= 0) {
      sent_ += static_cast<std::size_t>(put);
    } else if (would_block(errno)) {
      return false;
    } else if (errno != EINTR) {
      return fail(ErrorCode::io, fmt::format("cannot send: {}", std::strerror(errno)));
    }
  }
  return true;
}

Status FrameWriter::write(FrameReader::Wait wait) {
  while (!waiting_.empty()) {
    const auto done = send_front(wait);
    if (!done) return pass(done);
    if (!*done) return {};
    waiting_.pop_front();
    sent_ = 0;
  }
  return {};
}

}  // namespace osler
