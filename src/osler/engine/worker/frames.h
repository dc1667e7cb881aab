#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/core/image.h"

namespace osler {

/// A message as it crosses a socket: one byte of type, eight of length (little-endian), then so many bytes.
struct Frame {
  std::uint8_t type = 0;
  std::string payload;
};

inline constexpr std::size_t kFrameHead = 9;

/// What a responding worker may send at once: more than any text that fits a context.
inline constexpr std::uint64_t kMaxReplyBytes = std::uint64_t{64} << 20;
/// What a worker takes at once: a picture of ten gigapixels.
inline constexpr std::uint64_t kMaxOrderBytes = std::uint64_t{30} << 30;

/// Takes frames from a connected socket. Memory grows with what has arrived, not with what a head announces.
class FrameReader {
 public:
  /// The socket is not owned. A frame with more than `limit` bytes is broken.
  FrameReader(int socket, std::uint64_t limit) : socket_(socket), limit_(limit) {}

  enum class Wait { yes, no };
  /// The next whole frame; nothing when (not waiting) it is not there yet. The other side's end is ErrorCode::io, a
  /// broken frame ErrorCode::malformed; after either, the reader must not be used again.
  [[nodiscard]] Result<std::optional<Frame>> read(Wait wait);

 private:
  /// False when there is nothing more at the moment.
  [[nodiscard]] Result<bool> receive(char* to, std::size_t room, std::size_t& count, Wait wait) const;
  [[nodiscard]] Status begin_payload();

  int socket_;
  std::uint64_t limit_;
  std::array<char, kFrameHead> head_{};
  std::size_t head_size_ = 0;
  std::uint64_t length_ = 0;
  std::size_t received_ = 0;
  Frame frame_;
};

/// A frame to be sent. The pixels of a picture, if it has any, follow the bytes and are not copied.
struct OutgoingFrame {
  std::string bytes;  ///< The head included.
  std::shared_ptr<const Image> pixels = nullptr;
};

/// Makes the head of a frame whose payload is `payload` and, where there are any, the pixels.
[[nodiscard]] OutgoingFrame make_frame(std::uint8_t type, std::string_view payload,
                                       std::shared_ptr<const Image> pixels = nullptr);

/// Puts frames into a connected socket, in order.
class FrameWriter {
 public:
  /// The socket is not owned.
  explicit FrameWriter(int socket) : socket_(socket) {}

  void put(OutgoingFrame frame) { waiting_.push_back(std::move(frame)); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  /// Sends everything (waiting), or as much as the socket takes now. ErrorCode::io when the other side is gone; never
  /// raises SIGPIPE.
  [[nodiscard]] Status write(FrameReader::Wait wait);

 private:
  /// False when the socket takes no more at the moment.
  [[nodiscard]] Result<bool> send_front(FrameReader::Wait wait);

  int socket_;
  std::deque<OutgoingFrame> waiting_;
  std::size_t sent_ = 0;  ///< Bytes of the first, pixels included.
};

}  // namespace osler
