#include "osler/storage/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "osler/storage/descriptor.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

std::string reason_of(int error_number) { return std::generic_category().message(error_number); }

tl::unexpected<Error> write_failure(const fs::path& path, int error_number) {
  const char* way_out = "check the permissions of the folder, or choose another (--out, --output)";
  if (error_number == ENOSPC || error_number == EDQUOT) {
    way_out = "free some space and start again: nothing already written is lost";
  } else if (error_number == EFBIG) {
    way_out = "raise the limit on the size of files (ulimit -f) and start again: nothing already written is lost";
  }
  return fail(ErrorCode::io, fmt::format("cannot be written ({})", reason_of(error_number)), {path.string()}, way_out);
}

/// Length of the file up to and including its last line end.
Result<off_t> whole_lines(int descriptor, const fs::path& path) {
  std::array<char, std::size_t{64} * 1024> block{};
  off_t end = ::lseek(descriptor, 0, SEEK_END);
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(block.size()));
    const ssize_t got = ::pread(descriptor, block.data(), static_cast<std::size_t>(end - begin), begin);
    if (got <= 0) return fail(ErrorCode::io, "cannot be read", {path.string()}, "check the disk");
    for (ssize_t i = got - 1; i >= 0; --i) {
      if (block[static_cast<std::size_t>(i)] == '\n') return begin + i + 1;
    }
    end = begin;
  }
  return off_t{0};
}

}  // namespace

int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Result<Descriptor> open_to_read(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    const auto code = errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found : ErrorCode::io;
    return fail(code, fmt::format("cannot be opened ({})", reason_of(errno)), {path.string()}, "check the path");
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0 || S_ISDIR(facts.st_mode)) {
    return fail(ErrorCode::io, "is a folder, not a file", {path.string()}, "name a file in it");
  }
  return file;
}

Result<std::size_t> read_some(const Descriptor& file, const fs::path& path, char* bytes, std::size_t size) {
  while (true) {
    const ssize_t got = ::read(file.get(), bytes, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    return fail(ErrorCode::io, "cannot be read: " + reason_of(errno), {path.string()}, "check the disk");
  }
}

Result<std::string> read_file(const fs::path& path, std::uint64_t max_bytes) {
  const auto file = open_to_read(path);
  if (!file) return pass(file);
  struct stat facts {};
  if (::fstat(file->get(), &facts) != 0 || static_cast<std::uint64_t>(facts.st_size) > max_bytes) {
    return fail(ErrorCode::limit, fmt::format("is larger than {} bytes", max_bytes), {path.string()});
  }
  std::string content(static_cast<std::size_t>(facts.st_size), '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const auto got = read_some(*file, path, content.data() + done, content.size() - done);
    if (!got) return pass(got);
    if (*got == 0) break;
    done += *got;
  }
  content.resize(done);
  return content;
}

Result<std::string> read_file_part(const fs::path& path, std::uint64_t offset, std::uint64_t length) {
  const auto file = open_to_read(path);
  if (!file) return pass(file);
  struct stat facts {};
  const auto size = ::fstat(file->get(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
  // Asked before the memory is: the part may be from an index of a file that has been cut since.
  if (offset > size || length > size - offset) {
    return fail(ErrorCode::malformed, fmt::format("ends before byte {}", offset + length), {path.string()},
                "the file has changed or is cut short: fetch or copy it again");
  }
  if (::lseek(file->get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return fail(ErrorCode::io, "cannot be read: " + reason_of(errno), {path.string()}, "check the disk");
  }
  std::string content(static_cast<std::size_t>(length), '\0');
  for (std::size_t done = 0; done < content.size();) {
    const auto got = read_some(*file, path, content.data() + done, content.size() - done);
    if (!got) return pass(got);
    if (*got == 0) {
      return fail(ErrorCode::malformed, "was cut short while it was read", {path.string()}, "fetch or copy it again");
    }
    done += *got;
  }
  return content;
}

Status for_each_line(std::string_view text, const std::function<Status(const TextLine&)>& visit) {
  std::uint64_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (auto status = visit({++number, begin, text.substr(begin, end - begin)}); !status) return status;
    begin = end + 1;
  }
  return {};
}

Status write_file_atomically(const fs::path& path, std::string_view content) {
  const fs::path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.valid()) return write_failure(path, errno);
  int problem = write_all(file.get(), content);
  if (problem == 0 && ::fsync(file.get()) != 0) problem = errno;
  if (problem == 0 && ::close(file.release()) != 0) problem = errno;
  if (problem == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) problem = errno;
  if (problem != 0) {
    ::unlink(temporary.c_str());
    return write_failure(path, problem);
  }
  return {};
}

Status make_writable_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) return write_failure(path, problem.value());
  if (::access(path.c_str(), W_OK | X_OK) != 0) return write_failure(path, errno);
  return {};
}

AppendFile::AppendFile(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  if (this != &other) {
    close_now();
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

AppendFile::~AppendFile() { close_now(); }

void AppendFile::close_now() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<AppendFile> AppendFile::open(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.valid()) return write_failure(path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    // Some cluster file systems have no locks at all.
    if (errno != EWOULDBLOCK) {
      return fail(ErrorCode::io, fmt::format("cannot be locked ({})", reason_of(errno)), {path.string()},
                  "choose a folder on a file system with locks, with --out");
    }
    return fail(ErrorCode::io, "is in use by another run", {path.string()},
                "wait for it to end, or choose another folder with --out");
  }
  const auto whole = whole_lines(file.get(), path);
  if (!whole) return pass(whole);
  // Only when needed: a journal that is whole keeps its time.
  if (::lseek(file.get(), 0, SEEK_END) != *whole && ::ftruncate(file.get(), *whole) != 0) {
    return write_failure(path, errno);
  }
  return AppendFile(file.release(), path);
}

Status AppendFile::append_line(std::string_view line) {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) return write_failure(path_, errno);
  std::string whole(line);
  whole += '\n';
  const int problem = write_all(descriptor_, whole);
  if (problem == 0) return {};
  // A part of a line would swallow the next one. Where it cannot be taken back, opening the file again does it.
  static_cast<void>(::ftruncate(descriptor_, before.st_size));
  return write_failure(path_, problem);
}

}  // namespace osler
