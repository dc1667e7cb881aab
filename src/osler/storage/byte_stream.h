#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/storage/descriptor.h"
#include "osler/storage/files.h"

namespace osler {

/// A data file from its beginning to its end, of which only a window is in memory: what was shown by more() and not
/// yet dropped. Files are read, not mapped, because a mapped file that another process cuts ends this one. A file in
/// a zip (see data_path.h) is unpacked whole.
class ByteStream {
 public:
  static constexpr std::size_t kChunk = std::size_t{256} * 1024;

  /// Fails as read_file and read_data_file do. `chunk` is how many bytes more() asks for.
  [[nodiscard]] static Result<ByteStream> open(const std::filesystem::path& path, std::size_t chunk = kChunk);
  /// A text that is in memory already; `name` is what errors call it.
  [[nodiscard]] static ByteStream of_text(std::string text, std::filesystem::path name);

  /// The bytes at hand; valid until more() or drop().
  [[nodiscard]] std::string_view window() const { return std::string_view(buffer_).substr(begin_); }
  /// Where the window begins in the file.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Lets the window grow at its end; false if the file has ended.
  [[nodiscard]] Result<bool> more();
  /// Takes `count` bytes off the window's beginning. Precondition: count <= window().size().
  void drop(std::size_t count);

  /// The file as it was named.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  ByteStream(Descriptor file, std::filesystem::path path, std::size_t chunk);

  Descriptor file_;  ///< Not valid for a text in memory.
  std::filesystem::path path_;
  std::size_t chunk_ = kChunk;
  std::string buffer_;
  std::size_t begin_ = 0;     ///< Of the window in the buffer.
  std::uint64_t offset_ = 0;  ///< Of the window in the file.
};

/// Drops a UTF-8 byte order mark, if the stream begins with one.
[[nodiscard]] Status drop_byte_order_mark(ByteStream& stream);

/// Calls `visit` for every line that is left, as for_each_line does; TextLine::begin is the offset in the file. A line
/// longer than `max_line` bytes is an error.
[[nodiscard]] Status for_each_line(ByteStream& stream, std::uint64_t max_line,
                                   const std::function<Status(const TextLine&)>& visit);

}  // namespace osler
