#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace osler {

/// Where the images that a data file names seem to lie.
struct ImageFolders {
  std::vector<std::string> folders;  ///< Beside the data file, as a card names them; the best one first.
  std::string extension;             ///< What names without one need, or "".
  std::uint64_t looked_for = 0;
  std::uint64_t found = 0;  ///< In the best folder.
};

/// Looks for images (a few of the names will do) beside the data file, in the folders there, two levels deep, in
/// those one level up, and in the zips of both. Nothing is opened but the zips' directories.
[[nodiscard]] ImageFolders find_image_folders(const std::filesystem::path& data_file,
                                              const std::vector<std::string>& names);

}  // namespace osler
