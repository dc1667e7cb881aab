#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler::hub {

/// A file of a repository, as the hub's API describes it.
struct HubFile {
  std::string path;                   ///< "data/test-0.parquet": relative, without "..", safe to join to a folder.
  std::optional<std::uint64_t> size;  ///< In bytes.
  std::string etag;                   ///< 64 hexadecimal digits if large, else 40; empty if the hub does not say.
  bool large = false;                 ///< Kept outside git (LFS), so its etag is the content's SHA-256.
};

/// A repository at one revision.
struct Listing {
  std::string commit;  ///< 40 hexadecimal digits.
  std::vector<HubFile> files;
};

/// Reads the answer to /api/{datasets|models}/org/name/revision/main?blobs=true. `source` stands in errors as its
/// place. Fields of a file that are missing or of the wrong type count as not known (choose_files minds); a missing
/// commit or a path that leads out of the folder is an error.
[[nodiscard]] Result<Listing> parse_listing(std::string_view json, const std::string& source);

/// Whether a pattern means a path. It is compared with the path's last components, '*' within one component
/// ("data/test-*.parquet"); "images/**" is everything below the folder images.
[[nodiscard]] bool stands_for(const std::string& pattern, const std::string& path);

/// The files that one of the patterns stands for, in the listing's order; all if there are no patterns. Fails if a
/// pattern matches nothing, or if a size or etag of what it matches is not known.
[[nodiscard]] Result<std::vector<HubFile>> choose_files(const Listing& listing,
                                                        const std::vector<std::string>& patterns,
                                                        const std::string& source);

}  // namespace osler::hub
