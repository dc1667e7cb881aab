#include "osler/storage/data_path.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cctype>
#include <memory>
#include <string_view>
#include <system_error>

#include "osler/storage/archive.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// The end of the first part of a path, from `begin` on, that ends in ".zip"; npos if there is none.
std::size_t end_of_zip_name(std::string_view path, std::size_t begin) {
  for (std::size_t at = path.find('.', begin); at != std::string_view::npos; at = path.find('.', at + 1)) {
    const std::string_view rest = path.substr(at + 1);
    const auto is = [rest](std::size_t i, char c) { return std::tolower(static_cast<unsigned char>(rest[i])) == c; };
    if (rest.size() >= 3 && is(0, 'z') && is(1, 'i') && is(2, 'p') && (rest.size() == 3 || rest[3] == '/')) {
      return at + 4;
    }
  }
  return std::string_view::npos;
}

bool is_file(const char* path) {
  struct stat facts {};
  return ::stat(path, &facts) == 0 && S_ISREG(facts.st_mode);
}

/// A member of an archive that is open.
struct Member {
  std::shared_ptr<Archive> archive;
  std::uint64_t number = 0;
};

/// Errors name the path as it was given.
Result<Member> find_member(const fs::path& path, const ArchivePath& parts) {
  auto archive = open_archive(parts.archive);
  if (!archive) {
    Error error = archive.error();
    error.what = fmt::format("is to be in {}, which {}", parts.archive.filename().string(), error.what);
    error.where.file = path.string();
    return tl::unexpected<Error>(std::move(error));
  }
  const auto number = (*archive)->find(parts.member);
  if (!number) {
    return fail(ErrorCode::not_found, "is not in the zip", {path.string()},
                fmt::format("list what is in it with `unzip -l {}`", parts.archive.filename().string()));
  }
  return Member{std::move(*archive), *number};
}

template <class T>
Result<T> with_path(Result<T> result, const fs::path& path) {
  if (!result) result.error().where.file = path.string();
  return result;
}

}  // namespace

std::optional<ArchivePath> archive_path(const fs::path& path) {
  const std::string& text = path.native();
  // Nearly all paths end here, without a call to the system.
  std::size_t end = end_of_zip_name(text, 0);
  for (; end != std::string::npos; end = end_of_zip_name(text, end)) {
    std::string parent = text.substr(0, end);
    if (!is_file(parent.c_str())) continue;
    const std::size_t member = text.find_first_not_of('/', end);
    return ArchivePath{std::move(parent), member == std::string::npos ? std::string() : text.substr(member)};
  }
  return std::nullopt;
}

bool data_file_exists(const fs::path& path) {
  const auto parts = archive_path(path);
  if (!parts || parts->member.empty()) return is_file(path.c_str());
  const auto archive = open_archive(parts->archive);
  return archive && (*archive)->find(parts->member).has_value();
}

Result<std::uint64_t> data_file_size(const fs::path& path) {
  if (const auto parts = archive_path(path); parts && !parts->member.empty()) {
    const auto member = find_member(path, *parts);
    if (!member) return pass(member);
    return with_path(member->archive->claimed_size(member->number), path);
  }
  std::error_code problem;
  const std::uint64_t size = fs::file_size(path, problem);
  if (problem) {
    const auto code = problem == std::errc::no_such_file_or_directory || problem == std::errc::not_a_directory
                          ? ErrorCode::not_found
                          : ErrorCode::io;
    return fail(code, fmt::format("cannot be opened ({})", problem.message()), {path.string()}, "check the path");
  }
  return size;
}

Result<std::string> read_data_file(const fs::path& path, std::uint64_t max_bytes) {
  const auto parts = archive_path(path);
  if (!parts || parts->member.empty()) return read_file(path, max_bytes);
  const auto member = find_member(path, *parts);
  if (!member) return pass(member);
  return with_path(member->archive->read(member->number, max_bytes), path);
}

Result<std::vector<fs::path>> files_in_archive(const fs::path& archive,
                                               const std::function<bool(std::string_view)>& wanted) {
  const auto opened = open_archive(archive);
  if (!opened) return pass(opened);
  std::vector<fs::path> files;
  for (const auto name : (*opened)->names()) {
    if (!wanted || wanted(name.substr(name.rfind('/') + 1))) files.push_back(archive / name);
  }
  return files;
}

}  // namespace osler
