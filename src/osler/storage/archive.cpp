#include "osler/storage/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "osler/core/stand_in.h"
#include "osler/core/utf8.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// An index of so many names takes about a gigabyte; the largest benchmark has 230,000 images.
constexpr zip_int64_t kMaxMembers = 5'000'000;

/// What is set aside for a member before its first byte came out: claimed sizes are not to be believed.
constexpr std::uint64_t kFirstPiece = std::uint64_t{1} << 20;

constexpr const char* kFetchAgain = "fetch the zip again";

std::string system_reason(int number) { return std::generic_category().message(number); }

/// Why libzip finds no archive in a file: by what the file begins with.
tl::unexpected<Error> not_a_zip(const fs::path& path) {
  std::array<char, 512> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::string_view text(head.data(), static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return fail(ErrorCode::malformed, "is empty, not a zip", {path.string()}, kFetchAgain);
  if (is_lfs_pointer(text)) {
    return fail(ErrorCode::malformed, "is a Git LFS pointer, not the zip itself", {path.string()},
                "run `git lfs pull` in the repository it came from, or fetch the zip again");
  }
  if (is_web_page(text)) {
    return fail(ErrorCode::malformed, "is a web page, not a zip", {path.string()},
                "the download failed: fetch the zip again, logged in if its host asks for that");
  }
  if (text.starts_with("PK")) {
    return fail(ErrorCode::malformed, "is a zip that breaks off: the list of members at its end is missing",
                {path.string()}, "fetch the zip again, or join its parts if it came in several");
  }
  return fail(ErrorCode::malformed, "is not a zip", {path.string()}, kFetchAgain);
}

tl::unexpected<Error> cannot_open(const fs::path& path, int code) {
  const int system_code = errno;
  switch (code) {
    case ZIP_ER_NOZIP:
      return not_a_zip(path);
    case ZIP_ER_MULTIDISK:
      return fail(ErrorCode::unsupported, "is one part of a zip that was split", {path.string()},
                  "join the parts, for instance with `zip -s 0 PARTS.zip --out WHOLE.zip`");
    case ZIP_ER_OPEN:
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
      return fail(ErrorCode::io, fmt::format("cannot be read ({})", system_reason(system_code)), {path.string()},
                  "check the path and its permissions");
    case ZIP_ER_MEMORY:
      return fail(ErrorCode::limit, "has a list of members that does not fit into memory", {path.string()},
                  kFetchAgain);
    default:
      return fail(ErrorCode::malformed, "is a damaged zip: the list of its members makes no sense", {path.string()},
                  kFetchAgain);
  }
}

tl::unexpected<Error> cannot_unpack(int code) {
  switch (code) {
    case ZIP_ER_CRC:
      return fail(ErrorCode::malformed, "is damaged in its zip: the checksum is wrong", {}, kFetchAgain);
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
      return fail(ErrorCode::io, "cannot be read from its zip", {}, "check the disk, or fetch the zip again");
    case ZIP_ER_MEMORY:
      return fail(ErrorCode::limit, "does not fit into memory", {}, kFetchAgain);
    default:
      return fail(ErrorCode::malformed, "is damaged in its zip", {}, kFetchAgain);
  }
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return !is_continuation(c); }));
}

/// Whether a name is as find() and names() have it: parts with '/' between, none of them empty, "." or "..".
bool is_plain(std::string_view name) {
  if (name.empty() || name.find('\\') != std::string_view::npos) return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

/// The name of a file in an archive in that form: Windows writes '\', tar-like tools a "./" in front. Empty for a
/// folder and for a name that leads out.
std::string plain_name(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  const bool has_drive = name.size() >= 2 && name[1] == ':';
  if (name.empty() || name.front() == '/' || name.back() == '/' || has_drive) return {};
  std::string plain;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    begin = end + 1;
    if (part == "..") return {};
    if (part.empty() || part == ".") continue;
    if (!plain.empty()) plain += '/';
    plain += part;
  }
  return plain;
}

}  // namespace

Result<std::shared_ptr<Archive>> Archive::open(const fs::path& path) {
  std::error_code problem;
  // libzip takes an empty file for an empty archive, but it is what a broken download leaves.
  if (fs::file_size(path, problem) == 0 && !problem) return not_a_zip(path);
  int code = 0;
  zip_t* handle = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (handle == nullptr) return cannot_open(path, code);
  auto archive = std::make_shared<Archive>(handle);
  if (auto status = archive->build_index(path); !status) return pass(status);
  return archive;
}

Status Archive::build_index(const fs::path& path) {
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  if (count > kMaxMembers) {
    return fail(ErrorCode::limit, fmt::format("has {} members, more than the limit of {}", count, kMaxMembers),
                {path.string()}, "split the zip");
  }
  names_.resize(static_cast<std::size_t>(count));
  by_name_.reserve(names_.size());
  for (std::uint64_t i = 0; i < names_.size(); ++i) {
    // libzip owns these until the archive is closed. A NUL in a name becomes another character.
    const char* name = zip_get_name(archive_.get(), i, ZIP_FL_ENC_GUESS);
    if (name == nullptr) continue;
    std::string_view plain(name);
    if (!is_plain(plain) || plain.find(':') == 1) {
      std::string mended = plain_name(name);
      if (mended.empty()) continue;
      plain = mended_names_.emplace_back(std::move(mended));
    }
    names_[i] = plain;
    by_name_[plain] = i;
    const char* raw = zip_get_name(archive_.get(), i, ZIP_FL_ENC_RAW);
    // Code page 437 has one byte for a character: a raw name that is shorter was cut at a NUL.
    if (raw != nullptr && raw != std::string_view(name) && is_plain(raw) &&
        std::string_view(raw).size() == characters(name)) {
      by_raw_name_[raw] = i;
    }
  }
  return {};
}

std::optional<std::uint64_t> Archive::find(std::string_view name) const {
  std::string mended;
  if (!is_plain(name)) {
    mended = plain_name(fs::path(name).lexically_normal().string());
    name = mended;
  }
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  if (const auto found = by_raw_name_.find(name); found != by_raw_name_.end()) return found->second;
  return std::nullopt;
}

std::vector<std::string_view> Archive::names() const {
  std::vector<std::string_view> names;
  for (std::uint64_t i = 0; i < names_.size(); ++i) {
    // Of several members of one name, only the one that counts.
    if (!names_[i].empty() && by_name_.at(names_[i]) == i) names.emplace_back(names_[i]);
  }
  return names;
}

Result<zip_stat_t> Archive::stat(std::uint64_t member) {
  zip_stat_t facts;
  zip_stat_init(&facts);
  if (zip_stat_index(archive_.get(), member, 0, &facts) != 0) {
    return cannot_unpack(zip_error_code_zip(zip_get_error(archive_.get())));
  }
  return facts;
}

Result<std::uint64_t> Archive::claimed_size(std::uint64_t member) {
  const std::scoped_lock lock(mutex_);
  const auto facts = stat(member);
  if (!facts) return pass(facts);
  return facts->size;
}

Result<std::string> Archive::read(std::uint64_t member, std::uint64_t max_bytes) {
  const std::scoped_lock lock(mutex_);
  const auto facts = stat(member);
  if (!facts) return pass(facts);
  if (facts->encryption_method != ZIP_EM_NONE) {
    return fail(ErrorCode::unsupported, "is encrypted in its zip", {}, "unpack the zip with its password");
  }
  if (zip_compression_method_supported(facts->comp_method, 0) == 0) {
    return fail(ErrorCode::unsupported,
                fmt::format("is packed by method {}, which Osler does not read", facts->comp_method), {},
                "unpack the zip, or pack it again with deflate");
  }
  if (facts->size > max_bytes) return fail(ErrorCode::limit, fmt::format("is larger than {} bytes", max_bytes));
  const auto close = [](zip_file_t* file) { zip_fclose(file); };
  const std::unique_ptr<zip_file_t, decltype(close)> file(zip_fopen_index(archive_.get(), member, 0), close);
  if (!file) return cannot_unpack(zip_error_code_zip(zip_get_error(archive_.get())));

  // One byte more than claimed, so that the end is seen, and with it the checksum checked, without growing.
  std::string content(std::min(facts->size, kFirstPiece) + 1, '\0');
  std::uint64_t done = 0;
  while (true) {
    const zip_int64_t got = zip_fread(file.get(), content.data() + done, content.size() - done);
    if (got < 0) return cannot_unpack(zip_error_code_zip(zip_file_get_error(file.get())));
    if (got == 0) break;
    done += static_cast<std::uint64_t>(got);
    if (done > facts->size) return cannot_unpack(ZIP_ER_INCONS);
    if (done == content.size()) content.resize(std::min(2 * done, facts->size + 1));
  }
  if (done != facts->size) return cannot_unpack(ZIP_ER_INCONS);
  content.resize(done);
  return content;
}

}  // namespace osler
