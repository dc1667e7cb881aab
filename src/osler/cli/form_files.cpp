#include "osler/cli/form_files.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "osler/core/glob.h"
#include "osler/dataset/finder.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// The patterns without braces that these stand for.
std::vector<std::string> alternatives(const std::vector<std::string>& patterns) {
  std::vector<std::string> all;
  for (const auto& pattern : patterns) {
    for (auto& one : glob_alternatives(pattern)) all.push_back(std::move(one));
  }
  return all;
}

bool any_stands_for(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&path](const auto& pattern) { return hub::stands_for(pattern, path); });
}

/// Whether the one set of patterns brings all that the other may mean: '*' in a pattern is a character like another to
/// a pattern that is wider.
bool brings(const std::vector<std::string>& fetched, const std::string& pattern) {
  const auto parts = glob_alternatives(pattern);
  return std::all_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return any_stands_for(alternatives(fetched), part); });
}

/// The first of a split's patterns that a fetch brings; null if none does.
const std::string* brought_pattern(const Form& form, const std::string& split,
                                   const std::vector<std::string>& fetched) {
  const auto* patterns = patterns_of(form, split);
  if (patterns == nullptr) return nullptr;
  const auto found = std::find_if(patterns->begin(), patterns->end(),
                                  [&fetched](const auto& pattern) { return brings(fetched, pattern); });
  return found == patterns->end() ? nullptr : &*found;
}

/// Every file of the snapshot by its name in the repository; nothing if it cannot be read to its end.
std::optional<std::vector<hub::HubFile>> files_in(const fs::path& snapshot) {
  constexpr std::size_t kMaxFiles = 200'000;
  std::vector<hub::HubFile> files;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(snapshot, problem);
       !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    const auto size = entry->file_size(ignored);
    if (ignored || files.size() == kMaxFiles) return std::nullopt;
    hub::HubFile file;
    file.path = entry->path().lexically_relative(snapshot).generic_string();
    file.size = size;
    files.push_back(std::move(file));
  }
  if (problem) return std::nullopt;
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

/// Of "test-00000-of-00003.parquet" there must be three.
bool has_all_shards(const std::vector<hub::HubFile>& files) {
  static const re2::RE2 kShard(R"((.*)-(\d{5})-of-(\d{5})(\.[^/]*))");
  std::map<std::string, std::pair<std::size_t, std::set<int>>> sets;
  for (const auto& file : files) {
    std::string stem;
    std::string end;
    int number = 0;
    int total = 0;
    if (!re2::RE2::FullMatch(file.path, kShard, &stem, &number, &total, &end)) continue;
    auto& [wanted, numbers] = sets[stem + "-of-" + std::to_string(total) + end];
    wanted = static_cast<std::size_t>(total);
    numbers.insert(number);
  }
  return std::all_of(sets.begin(), sets.end(),
                     [](const auto& set) { return set.second.second.size() >= set.second.first; });
}

/// What must have a file each.
std::vector<std::string> patterns_to_find(const Form& form, const std::string& split) {
  const auto fetched = patterns_to_fetch(form, split);
  std::vector<std::string> wanted;
  for (const auto& pattern : alternatives(fetched)) {
    if (is_needed(form, split, pattern)) wanted.push_back(pattern);
  }
  for (const auto& own : split.empty() ? splits_of(form) : std::vector<std::string>{split}) {
    const auto* pattern = brought_pattern(form, own, fetched);
    if (pattern == nullptr) continue;
    for (auto& one : glob_alternatives(*pattern)) wanted.push_back(std::move(one));
  }
  return wanted;
}

}  // namespace

std::vector<std::string> patterns_to_fetch(const Form& form, const std::string& split) {
  auto patterns = form.hub.files;
  const auto* own = split.empty() ? nullptr : patterns_of(form, split);
  // Where the files may come in a zip, they are not on the hub by their names.
  if (own != nullptr && form.archives.empty() && brought_pattern(form, split, patterns) == nullptr) {
    patterns.push_back(own->front());
  }
  return patterns;
}

bool is_needed(const Form& form, const std::string& split, const std::string& path) {
  const auto* own = split.empty() ? nullptr : patterns_of(form, split);
  if (own == nullptr || any_stands_for(*own, path)) return true;
  return std::none_of(form.files.begin(), form.files.end(),
                      [&path](const auto& other) { return any_stands_for(other.second, path); });
}

std::optional<std::vector<hub::HubFile>> whole_snapshot(const fs::path& snapshot, const Form& form,
                                                        const std::string& split) {
  auto files = files_in(snapshot);
  if (!files) return std::nullopt;
  const auto fetched = patterns_to_fetch(form, split);
  std::erase_if(*files, [&](const hub::HubFile& file) {
    return !any_stands_for(fetched, file.path) || !is_needed(form, split, file.path);
  });
  for (const auto& pattern : patterns_to_find(form, split)) {
    const auto is_of = [&pattern](const hub::HubFile& file) { return hub::stands_for(pattern, file.path); };
    if (std::none_of(files->begin(), files->end(), is_of)) return std::nullopt;
  }
  if (!has_all_shards(*files)) return std::nullopt;
  return files;
}

}  // namespace osler::cli
