#pragma once

#include <filesystem>
#include <stop_token>

#include "osler/core/error.h"
#include "osler/storage/descriptor.h"

namespace osler::hub {

/// A lock that one process, or one thread of it, holds at a time; it is the one that the Hugging Face libraries take.
class FileLock {
 public:
  /// Makes the file and its folder if needed, and waits until nobody else holds the lock or a stop is asked for.
  [[nodiscard]] static Result<FileLock> wait_for(const std::filesystem::path& path, const std::stop_token& stop);

 private:
  explicit FileLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;  ///< Closing it gives the lock back, also when the process is killed.
};

}  // namespace osler::hub
