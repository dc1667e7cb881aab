#include "osler/dataset/image_folders.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "osler/dataset/data_sample.h"
#include "osler/dataset/text.h"
#include "osler/storage/data_path.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFolders = 200;
constexpr std::size_t kMostEntries = 20'000;
constexpr std::size_t kMostZips = 8;

/// Folders below `root` and the zips beside the data file, by name.
struct Places {
  std::vector<std::string> folders{"."};
  std::vector<fs::path> zips;
};

void look_into(const fs::path& root, const std::string& below, std::size_t& entries, Places& places) {
  std::error_code problem;
  std::set<std::string> found;
  for (fs::directory_iterator entry(root / below, problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    if (++entries > kMostEntries) return;
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (entry->is_directory(ignored)) {
      found.insert(below == "." ? name : below + "/" + name);
    } else if ((below == "." || below == "..") && to_lower(name).ends_with(".zip") && places.zips.size() < kMostZips) {
      places.zips.push_back(entry->path());
    }
  }
  for (const auto& name : found) {
    if (places.folders.size() < kMostFolders) places.folders.push_back(name);
  }
}

Places places_beside(const fs::path& root) {
  Places places;
  std::size_t entries = 0;
  look_into(root, ".", entries, places);
  const std::vector<std::string> first_level(places.folders.begin() + 1, places.folders.end());
  for (const auto& folder : first_level) look_into(root, folder, entries, places);
  // Questions often lie in a folder of their own beside that of the images.
  look_into(root, "..", entries, places);
  std::sort(places.zips.begin(), places.zips.end());
  return places;
}

/// The folders in a zip below which a member of one of these names lies: "imgs.zip/imgs" for "a/b.jpg".
void look_into_zip(const fs::path& zip, const fs::path& root, const std::vector<std::string>& names, Places& places) {
  std::set<std::string> last_parts;
  for (const auto& name : names) last_parts.insert(fs::path(name).filename().string());
  const auto members =
      files_in_archive(zip, [&last_parts](std::string_view part) { return last_parts.contains(std::string(part)); });
  if (!members) return;
  std::set<std::string> found;
  for (const auto& member : *members) {
    const std::string inside = member.lexically_normal().lexically_relative(root.lexically_normal()).string();
    for (const auto& name : names) {
      if (inside.ends_with("/" + name)) found.insert(inside.substr(0, inside.size() - name.size() - 1));
    }
  }
  for (const auto& folder : found) {
    if (places.folders.size() < 2 * kMostFolders) places.folders.push_back(folder);
  }
}

std::uint64_t count_in(const fs::path& folder, const std::vector<std::string>& names, const std::string& extension) {
  return static_cast<std::uint64_t>(std::count_if(names.begin(), names.end(), [&](const std::string& name) {
    const bool bare = !fs::path(name).has_extension();
    return data_file_exists((folder / (bare ? name + extension : name)).lexically_normal());
  }));
}

}  // namespace

ImageFolders find_image_folders(const fs::path& data_file, const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 6> kExtensions{"", ".jpg", ".png", ".jpeg", ".tif", ".webp"};
  const bool bare = std::none_of(names.begin(), names.end(), is_picture_name);
  const fs::path root = data_file.has_parent_path() ? data_file.parent_path() : fs::path(".");
  Places places = places_beside(root);
  for (const auto& zip : places.zips) {
    for (const auto extension : kExtensions) {
      if (!extension.empty() && !bare) break;
      auto members = names;
      for (auto& name : members) name += extension;
      look_into_zip(zip, root, members, places);
    }
  }
  ImageFolders best{{"."}, "", names.size(), 0};
  for (const auto& folder : places.folders) {
    for (const auto extension : kExtensions) {
      if (!extension.empty() && !bare) break;
      const std::string wanted(extension);
      const auto count = count_in(root / folder, names, wanted);
      if (count > best.found) best = {{folder}, wanted, names.size(), count};
    }
  }
  if (best.folders.front() != ".") best.folders.emplace_back(".");
  return best;
}

}  // namespace osler
