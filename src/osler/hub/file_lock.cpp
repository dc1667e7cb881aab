#include "osler/hub/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "osler/hub/http.h"
#include "osler/hub/partial_file.h"

namespace osler::hub {

namespace fs = std::filesystem;

Result<FileLock> FileLock::wait_for(const fs::path& path, const std::stop_token& stop) {
  std::error_code problem;
  fs::create_directories(path.parent_path(), problem);
  if (problem) return tl::unexpected(disk_error(path.parent_path(), problem.value()));
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return tl::unexpected(disk_error(path, errno));
  constexpr std::chrono::milliseconds kPoll{100};  // a blocking call could not be stopped
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return fail(ErrorCode::io, fmt::format("cannot be locked ({})", std::generic_category().message(errno)),
                  {path.string()}, "choose a folder on a file system with locks with HF_HUB_CACHE");
    }
    if (stop.stop_requested()) return tl::unexpected(stopped_error());
    wait_or_stop(kPoll, stop);
  }
  return FileLock(std::move(file));
}

}  // namespace osler::hub
