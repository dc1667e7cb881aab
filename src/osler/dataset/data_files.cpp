#include "osler/dataset/data_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "osler/core/glob.h"
#include "osler/storage/data_path.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxEntries = 2'000'000;

/// What a card's files are called, and what of a folder is not worth a look.
struct Names {
  std::set<std::string> files;     ///< Patterns of the last components.
  std::set<std::string> archives;  ///< Patterns of whole paths.
  std::set<std::string> picture_folders;
};

Names names_of(const Card& card) {
  Names names;
  std::set<std::string> entered;
  for (const auto& form : card.forms) {
    for (const auto& [split, patterns] : form.files) {
      for (const auto& pattern : patterns) {
        names.files.insert(fs::path(pattern).filename().string());
        for (const auto& part : fs::path(pattern).parent_path()) entered.insert(part.string());
      }
    }
    names.archives.insert(form.archives.begin(), form.archives.end());
    for (const auto& folder : form.images.folders) names.picture_folders.insert(fs::path(folder).filename().string());
  }
  for (const auto& folder : entered) names.picture_folders.erase(folder);
  for (const auto* here : {"", ".", ".."}) names.picture_folders.erase(here);
  return names;
}

bool any_matches(std::string_view name, const std::set<std::string>& patterns) {
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

class Walk {
 public:
  Walk(const Card& card, std::vector<Error>& unreadable) : names_(names_of(card)), unreadable_(unreadable) {}

  Result<std::vector<fs::path>> from(const fs::path& root) {
    std::error_code problem;
    if (fs::is_regular_file(root, problem)) {
      take_file(root);
      if (files_.empty() && !archive_path(root)) files_.push_back(root);
      return std::move(files_);
    }
    std::vector<fs::path> level{root};
    for (int depth = 0; depth <= kMaxDepth && !level.empty(); ++depth) {
      std::vector<fs::path> below;
      std::sort(level.begin(), level.end());
      for (const auto& folder : level) {
        if (auto status = enter(folder, depth == 0, below); !status) return pass(status);
      }
      level = std::move(below);
    }
    return std::move(files_);
  }

 private:
  Status enter(const fs::path& folder, bool is_root, std::vector<fs::path>& below) {
    std::error_code problem;
    const auto real = fs::canonical(folder, problem);
    if (!problem && !entered_.insert(real).second) return {};
    const auto entries = entries_of(folder, problem);
    if (problem && is_root) {
      return fail(ErrorCode::not_found, fmt::format("cannot be searched for data ({})", problem.message()),
                  {folder.string()}, "give the folder that holds the benchmark with --data DIR or $OSLER_DATA");
    }
    seen_ += entries.size();
    if (seen_ > kMaxEntries) {
      return fail(ErrorCode::limit, fmt::format("holds more than {} files and folders", kMaxEntries), {folder.string()},
                  "give the benchmark's own folder with --data DIR");
    }
    for (const auto& entry : entries) {
      std::error_code ignored;
      if (entry.is_directory(ignored)) {
        if (!names_.picture_folders.contains(entry.path().filename().string())) below.push_back(entry.path());
      } else {
        take_file(entry.path());
      }
    }
    return {};
  }

  void take_file(const fs::path& path) {
    std::error_code ignored;
    if (any_matches(path.filename().string(), names_.files) && fs::is_regular_file(path, ignored)) {
      files_.push_back(path);
    }
    const bool opens = std::any_of(names_.archives.begin(), names_.archives.end(),
                                   [&path](const auto& pattern) { return glob_matches_path(path, pattern); });
    if (!opens || !fs::is_regular_file(path, ignored)) return;
    auto members = files_in_archive(path, [this](std::string_view name) { return any_matches(name, names_.files); });
    if (!members) {
      unreadable_.push_back(members.error());
      return;
    }
    files_.insert(files_.end(), members->begin(), members->end());
  }

  Names names_;
  std::vector<Error>& unreadable_;
  std::vector<fs::path> files_;
  std::set<fs::path> entered_;
  std::size_t seen_ = 0;
};

}  // namespace

Result<std::vector<fs::path>> data_files(const Card& card, const fs::path& root, std::vector<Error>& unreadable) {
  return Walk(card, unreadable).from(root);
}

}  // namespace osler
