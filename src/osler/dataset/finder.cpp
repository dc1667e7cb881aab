#include "osler/dataset/finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "osler/core/glob.h"
#include "osler/dataset/rows.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxEntries = 2'000'000;

bool any_glob(const std::string& name, const std::set<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&name](const auto& pattern) { return glob_matches(name, pattern); });
}

/// Entries of one folder; one that cannot be opened or read to its end gives what was seen of it.
std::vector<fs::directory_entry> entries_of(const fs::path& folder, std::error_code& problem) {
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator entry(folder, problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    entries.push_back(*entry);
  }
  return entries;
}

/// Every file under root that one of the card's patterns may mean by its own name; images are passed over. Folders
/// behind symbolic links are entered (a hub's cache is made of links), each real folder once, and level by level, so
/// that a link never hides a shorter way.
Result<std::vector<fs::path>> data_files(const Card& card, const fs::path& root) {
  std::set<std::string> names;
  for (const auto& form : card.forms) {
    for (const auto& [split, patterns] : form.files) {
      for (const auto& pattern : patterns) names.insert(fs::path(pattern).filename().string());
    }
  }
  std::error_code problem;
  if (fs::is_regular_file(root, problem)) return std::vector<fs::path>{root};
  std::vector<fs::path> files;
  std::vector<fs::path> level{root};
  std::set<fs::path> entered;
  std::size_t seen = 0;
  for (int depth = 0; depth <= kMaxDepth && !level.empty(); ++depth) {
    std::vector<fs::path> below;
    std::sort(level.begin(), level.end());
    for (const auto& folder : level) {
      const auto real = fs::canonical(folder, problem);
      if (!problem && !entered.insert(real).second) continue;
      const auto entries = entries_of(folder, problem);
      if (problem && depth == 0) {
        return fail(ErrorCode::not_found, fmt::format("cannot be searched for data ({})", problem.message()),
                    {root.string()}, "give the folder that holds the benchmark with --data DIR or $OSLER_DATA");
      }
      seen += entries.size();
      if (seen > kMaxEntries) {
        return fail(ErrorCode::limit, fmt::format("holds more than {} files and folders", kMaxEntries), {root.string()},
                    "give the benchmark's own folder with --data DIR");
      }
      for (const auto& entry : entries) {
        std::error_code ignored;
        if (entry.is_directory(ignored)) {
          below.push_back(entry.path());
        } else if (any_glob(entry.path().filename().string(), names) && entry.is_regular_file(ignored)) {
          files.push_back(entry.path());
        }
      }
    }
    level = std::move(below);
  }
  return files;
}

std::size_t depth_of(const fs::path& path) { return static_cast<std::size_t>(std::distance(path.begin(), path.end())); }

using Places = std::map<std::pair<std::size_t, fs::path>, std::vector<fs::path>>;

/// The files that match one pattern, folder by folder: the shallowest first, then by name.
Places matching_files(const std::vector<fs::path>& files, const std::string& pattern) {
  Places by_folder;
  for (const auto& file : files) {
    if (path_matches(file, pattern)) by_folder[{depth_of(file), file.parent_path()}].push_back(file);
  }
  for (auto& [place, matched] : by_folder) std::sort(matched.begin(), matched.end());
  return by_folder;
}

/// Whether the file has every column that the form needs.
Status fits(const Form& form, const fs::path& file) {
  const auto columns = columns_of(file, form.format);
  if (!columns) return pass(columns);
  if (columns->empty()) {
    return fail(ErrorCode::malformed, "holds no records", {file.string()}, "fetch or copy it again");
  }
  for (const auto& required : form.required_columns) {
    if (std::find(columns->begin(), columns->end(), required) == columns->end()) {
      return fail(ErrorCode::unsupported, fmt::format("{} is named like the form '{}', but has no column '{}'",
                                                      file.string(), form.name, required));
    }
  }
  return {};
}

/// The first place, pattern by pattern and then by depth, whose files are what they are called.
void find_form(const Form& form, const std::string& split, const std::vector<fs::path>& files, Findings& findings) {
  for (const auto& pattern : *patterns_of(form, split)) {
    for (auto& [place, matched] : matching_files(files, pattern)) {
      const auto status = fits(form, matched.front());
      if (status) {
        findings.found.push_back({&form, split, std::move(matched)});
        return;
      }
      if (status.error().code != ErrorCode::unsupported && !findings.unreadable) findings.unreadable = status.error();
      // One file may be met by two patterns.
      const std::string reason = status.error().message();
      auto& rejected = findings.rejected;
      if (std::find(rejected.begin(), rejected.end(), reason) == rejected.end()) rejected.push_back(reason);
    }
  }
}

}  // namespace

bool path_matches(const fs::path& path, const std::string& pattern) { return glob_matches_path(path, pattern); }

const std::vector<std::string>* patterns_of(const Form& form, const std::string& split) {
  const auto own = form.files.find(split);
  if (own != form.files.end()) return &own->second;
  const auto any = form.files.find("*");
  return any != form.files.end() && form.split_rows.contains(split) ? &any->second : nullptr;
}

Result<Findings> find_forms(const Card& card, const std::string& split, const fs::path& root,
                            const std::string& only_form) {
  const auto files = data_files(card, root);
  if (!files) return pass(files);
  Findings findings;
  for (const auto& form : card.forms) {
    const bool wanted = only_form.empty() || form.name == only_form;
    if (wanted && patterns_of(form, split) != nullptr) find_form(form, split, *files, findings);
  }
  return findings;
}

}  // namespace osler
