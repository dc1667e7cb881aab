#include "osler/hub/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "osler/core/glob.h"
#include "osler/core/utf8.h"
#include "osler/storage/hub_cache.h"
#include "osler/storage/json.h"

namespace osler::hub {
namespace {

constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 50;
constexpr std::uint64_t kLargestSum = std::uint64_t{1} << 60;

const char* const kNotAHub = "check that HF_ENDPOINT names a hub, or take https://huggingface.co";

const Json* field(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_field(const Json& object, const char* name) {
  const Json* value = field(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::uint64_t> size_field(const Json& object) {
  const Json* value = field(object, "size");
  if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > kLargestFile) {
    return std::nullopt;
  }
  return value->get<std::uint64_t>();
}

/// The text if it is that many lower-case hexadecimal digits: it becomes the name of a file.
std::string hex_digits(const std::string& text, std::size_t digits) {
  const bool good = text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return good ? text : std::string();
}

/// Relative, in plain components, without control characters.
bool is_safe_path(const std::string& path) {
  if (path.empty() || printable_line(path) != path) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = std::string_view(path).substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

Result<HubFile> parse_file(const Json& entry, Place place) {
  HubFile file;
  file.path = text_field(entry, "rfilename");
  if (!is_safe_path(file.path)) {
    return fail(
        ErrorCode::malformed,
        fmt::format("lists a file by the name '{}', which cannot be a file in a folder", printable_line(file.path)),
        std::move(place), "nothing was fetched; tell those who keep the repository");
  }
  constexpr std::size_t kSha256Digits = 64;
  constexpr std::size_t kSha1Digits = 40;
  const Json* lfs = field(entry, "lfs");
  file.large = lfs != nullptr && lfs->is_object();
  file.size = file.large && size_field(*lfs) ? size_field(*lfs) : size_field(entry);
  file.etag = file.large ? hex_digits(text_field(*lfs, "sha256"), kSha256Digits)
                         : hex_digits(text_field(entry, "blobId"), kSha1Digits);
  return file;
}

/// The first few names, for a message.
std::string some_names(const std::vector<HubFile>& files) {
  constexpr std::size_t kShown = 6;
  std::string names;
  for (std::size_t i = 0; i < std::min(files.size(), kShown); ++i) names += (i == 0 ? "" : ", ") + files[i].path;
  return files.size() > kShown ? names + ", ..." : names;
}

Status check_known(const std::vector<HubFile>& files, const std::string& source) {
  std::uint64_t sum = 0;
  for (const auto& file : files) {
    if (!file.size || file.etag.empty()) {
      return fail(
          ErrorCode::malformed,
          fmt::format("does not say the {} of '{}'", file.size ? "hash (lfs.sha256 or blobId)" : "size", file.path),
          {source}, kNotAHub);
    }
    sum += *file.size;
    if (sum > kLargestSum) return fail(ErrorCode::limit, "lists files of more than 2^60 bytes", {source}, kNotAHub);
  }
  return {};
}

}  // namespace

bool stands_for(const std::string& pattern, const std::string& path) {
  constexpr std::string_view kBelow = "/**";
  if (!pattern.ends_with(kBelow)) return glob_matches_path(path, pattern);
  const std::filesystem::path folder = pattern.substr(0, pattern.size() - kBelow.size());
  const std::filesystem::path whole = path;
  auto part = whole.begin();
  for (const auto& wanted : folder) {
    if (part == whole.end() || !glob_matches(part->string(), wanted.string())) return false;
    ++part;
  }
  return part != whole.end();
}

Result<Listing> parse_listing(std::string_view json, const std::string& source) {
  const auto answer = parse_json(json, {source});
  if (!answer) {
    Error error = answer.error();
    error.way_out = kNotAHub;
    return tl::unexpected(std::move(error));
  }
  Listing listing;
  listing.commit = text_field(*answer, "sha");
  if (!is_commit(listing.commit)) {
    return fail(ErrorCode::malformed, "does not say the commit (a field 'sha' of 40 hexadecimal digits)", {source},
                kNotAHub);
  }
  const Json* siblings = field(*answer, "siblings");
  if (siblings == nullptr || !siblings->is_array()) {
    return fail(ErrorCode::malformed, "does not list the files (a list 'siblings')", {source}, kNotAHub);
  }
  for (std::size_t i = 0; i < siblings->size(); ++i) {
    auto file = parse_file((*siblings)[i], {.file = source, .record = i});
    if (!file) return pass(file);
    listing.files.push_back(std::move(*file));
  }
  return listing;
}

Result<std::vector<HubFile>> choose_files(const Listing& listing, const std::vector<std::string>& patterns,
                                          const std::string& source) {
  std::vector<bool> chosen(listing.files.size(), patterns.empty());
  for (const auto& pattern : patterns) {
    bool any = false;
    for (std::size_t i = 0; i < listing.files.size(); ++i) {
      if (!stands_for(pattern, listing.files[i].path)) continue;
      chosen[i] = true;
      any = true;
    }
    if (any) continue;
    return fail(ErrorCode::not_found, fmt::format("has no file that '{}' stands for", pattern), {source},
                listing.files.empty() ? "it has no files at all" : "it has " + some_names(listing.files));
  }
  std::vector<HubFile> files;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i]) files.push_back(listing.files[i]);
  }
  if (const auto status = check_known(files, source); !status) return pass(status);
  return files;
}

}  // namespace osler::hub
