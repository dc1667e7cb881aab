#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "osler/core/error.h"
#include "osler/storage/descriptor.h"

namespace osler::hub {

/// "cannot be written (No space left on device)", with a way out that fits.
[[nodiscard]] Error disk_error(const std::filesystem::path& path, int error_number);

/// A file that is still being fetched. It stays on disk until it is kept under its final name or removed, so that a
/// later process goes on where this one stopped.
class PartialFile {
 public:
  /// Opens what is there of it, or starts it.
  [[nodiscard]] static Result<PartialFile> open(const std::filesystem::path& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Adds to its end. On a full disk what could be written counts.
  [[nodiscard]] Status append(std::string_view bytes);

  /// Throws away what is there.
  [[nodiscard]] Status restart();

  /// Gives a file that is whole its final name, after the disk has it.
  [[nodiscard]] Status keep_as(const std::filesystem::path& final_path);

  /// Removes it from disk.
  void remove();

 private:
  PartialFile(Descriptor file, std::filesystem::path path, std::uint64_t size)
      : file_(std::move(file)), path_(std::move(path)), size_(size) {}

  Descriptor file_;
  std::filesystem::path path_;
  std::uint64_t size_;
};

}  // namespace osler::hub
