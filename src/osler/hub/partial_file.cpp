#include "osler/hub/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace osler::hub {

namespace fs = std::filesystem;

Error disk_error(const fs::path& path, int error_number) {
  std::string way_out = "check the permissions of the cache, or choose another folder for it with HF_HUB_CACHE";
  if (error_number == ENOSPC || error_number == EDQUOT) {
    way_out = "free some space or choose another folder with HF_HUB_CACHE, and start again: what was fetched is kept";
  } else if (error_number == EFBIG) {
    way_out = "raise the limit on the size of files (ulimit -f) and start again: what was fetched is kept";
  }
  return {ErrorCode::io,
          fmt::format("cannot be written ({})", std::generic_category().message(error_number)),
          {path.string()},
          std::move(way_out)};
}

Result<PartialFile> PartialFile::open(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return tl::unexpected(disk_error(path, errno));
  return PartialFile(std::move(file), path, static_cast<std::uint64_t>(facts.st_size));
}

Status PartialFile::append(std::string_view bytes) {
  const int problem = write_all(file_.get(), bytes);
  if (problem == 0) {
    size_ += bytes.size();
    return {};
  }
  struct stat facts {};
  if (::fstat(file_.get(), &facts) == 0) size_ = static_cast<std::uint64_t>(facts.st_size);
  return tl::unexpected(disk_error(path_, problem));
}

Status PartialFile::restart() {
  if (size_ != 0 && ::ftruncate(file_.get(), 0) != 0) return tl::unexpected(disk_error(path_, errno));
  size_ = 0;
  return {};
}

Status PartialFile::keep_as(const fs::path& final_path) {
  // Not every file system can do this; those that cannot say EINVAL.
  if (::fsync(file_.get()) != 0 && errno != EINVAL) return tl::unexpected(disk_error(path_, errno));
  if (::rename(path_.c_str(), final_path.c_str()) != 0) return tl::unexpected(disk_error(final_path, errno));
  return {};
}

void PartialFile::remove() { ::unlink(path_.c_str()); }

}  // namespace osler::hub
