#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/storage/descriptor.h"

namespace osler {

/// Reads a whole file. Fails with the path when it is missing, unreadable, a folder, or larger than max_bytes.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::uint64_t max_bytes = std::uint64_t{4} << 30);

/// Reads the bytes [offset, offset + length) of a file; one that ends before is an error.
[[nodiscard]] Result<std::string> read_file_part(const std::filesystem::path& path, std::uint64_t offset,
                                                 std::uint64_t length);

/// Opens a file to read it; fails as read_file does.
[[nodiscard]] Result<Descriptor> open_to_read(const std::filesystem::path& path);

/// Reads up to `size` bytes into `bytes`; 0 at the file's end. `path` is for the error.
[[nodiscard]] Result<std::size_t> read_some(const Descriptor& file, const std::filesystem::path& path, char* bytes,
                                            std::size_t size);

/// A line of a text, without its line end.
struct TextLine {
  std::uint64_t number = 0;  ///< 1-based.
  std::size_t begin = 0;     ///< Of its first byte.
  std::string_view text;
};

/// Calls `visit` for every line, empty ones and a last one without line end included, until one fails.
[[nodiscard]] Status for_each_line(std::string_view text, const std::function<Status(const TextLine&)>& visit);

/// Replaces a file in one step: readers see the old content or the new, never a part, and a full disk or a crash
/// leaves the old content in place.
[[nodiscard]] Status write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Creates a folder and its parents; fails when it cannot be written to.
[[nodiscard]] Status make_writable_folder(const std::filesystem::path& path);

/// A file that only grows, held by one process at a time; every line is handed to the kernel before append returns,
/// so that a killed process loses nothing that was appended.
class AppendFile {
 public:
  /// Opens or creates the file, takes an exclusive lock and cuts off a torn last line (one without line end).
  [[nodiscard]] static Result<AppendFile> open(const std::filesystem::path& path);

  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();

  /// Appends the line and a line end. When the disk is full the part that was written is taken back.
  [[nodiscard]] Status append_line(std::string_view line);

 private:
  AppendFile(int descriptor, std::filesystem::path path);
  void close_now();

  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace osler
