#pragma once

#include <zip.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// A zip that is open for reading, with an index of its members. May be used from several threads, which then take
/// turns: libzip's handle is not thread-safe. For this room only; the others read by data_path.h.
class Archive {
 public:
  /// Takes the handle over. To be called by open() only, which builds the index.
  explicit Archive(zip_t* archive) : archive_(archive) {}

  /// Errors say what is wrong with the file at `path`, and name it.
  [[nodiscard]] static Result<std::shared_ptr<Archive>> open(const std::filesystem::path& path);

  /// The number of the member of this name, with '/' between its parts, if there is one. A name that is neither UTF-8
  /// nor the zip's own code page (437) is found by its bytes. Of several members of one name the last counts, as for
  /// unzip and Python. Folders, absolute names, and names that climb out by ".." are left out.
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view name) const;

  /// The names of all members that find() finds, in the archive's order; good as long as the archive is.
  [[nodiscard]] std::vector<std::string_view> names() const;

  /// The size that the archive claims for a member.
  [[nodiscard]] Result<std::uint64_t> claimed_size(std::uint64_t member);

  /// Unpacks a member in memory. One that claims more than max_bytes is refused, and unpacking stops as soon as more
  /// comes out than was claimed, so that no more is ever unpacked than max_bytes.
  /// Error::where is left empty, here and in claimed_size: the caller knows the path.
  [[nodiscard]] Result<std::string> read(std::uint64_t member, std::uint64_t max_bytes);

 private:
  struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };

  [[nodiscard]] Status build_index(const std::filesystem::path& path);
  [[nodiscard]] Result<zip_stat_t> stat(std::uint64_t member);

  std::mutex mutex_;  ///< Held while libzip is called; the index does not change once it is built.
  std::unique_ptr<zip_t, Discard> archive_;
  std::deque<std::string> mended_names_;  ///< Names that are not in the archive letter by letter.
  std::vector<std::string_view> names_;   ///< By number; empty where a member is left out.
  std::unordered_map<std::string_view, std::uint64_t> by_name_;
  std::unordered_map<std::string_view, std::uint64_t> by_raw_name_;
};

/// The archive of a file, opened at most once while it does not change; the last few that were used stay open. A
/// failure is kept as well, so that a benchmark of 90,000 images in a broken zip does not try as often.
[[nodiscard]] Result<std::shared_ptr<Archive>> open_archive(const std::filesystem::path& path);

}  // namespace osler
