#include "osler/dataset/finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "osler/dataset/rows.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxEntries = 2'000'000;

/// Glob with '*' only; linear in practice (one backtrack point), no recursion.
bool glob(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Every file under root whose extension one of the card's patterns has; images are passed over.
Result<std::vector<fs::path>> data_files(const Card& card, const fs::path& root) {
  std::vector<std::string> extensions;
  for (const auto& form : card.forms) {
    for (const auto& [split, patterns] : form.files) {
      for (const auto& pattern : patterns) extensions.push_back(fs::path(pattern).extension().string());
    }
  }
  std::error_code problem;
  std::vector<fs::path> files;
  if (fs::is_regular_file(root, problem)) return std::vector<fs::path>{root};
  fs::recursive_directory_iterator walk(
      root, fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink, problem);
  if (problem) {
    return fail(ErrorCode::not_found, fmt::format("cannot be searched for data ({})", problem.message()),
                {root.string()}, "give the folder that holds the benchmark with --data DIR or $OSLER_DATA");
  }
  std::size_t entries = 0;
  for (; walk != fs::recursive_directory_iterator(); walk.increment(problem)) {
    if (problem || ++entries > kMaxEntries) break;
    if (walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
    const std::string extension = walk->path().extension().string();
    if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end()) continue;
    std::error_code ignored;
    if (walk->is_regular_file(ignored)) files.push_back(walk->path());
  }
  return files;
}

std::size_t depth_of(const fs::path& path) {
  return static_cast<std::size_t>(std::distance(path.begin(), path.end()));
}

/// The files that match one pattern, all from the same folder: the shallowest, then the first by name.
std::vector<fs::path> matching_files(const std::vector<fs::path>& files, const std::string& pattern) {
  std::map<std::pair<std::size_t, fs::path>, std::vector<fs::path>> by_folder;
  for (const auto& file : files) {
    if (path_matches(file, pattern)) by_folder[{depth_of(file), file.parent_path()}].push_back(file);
  }
  if (by_folder.empty()) return {};
  auto chosen = by_folder.begin()->second;
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/// Empty if the file has every column that the form needs; otherwise why not.
std::string reason_against(const Form& form, const fs::path& file) {
  const auto columns = columns_of(file, form.format);
  if (!columns) return columns.error().message();
  for (const auto& required : form.required_columns) {
    if (std::find(columns->begin(), columns->end(), required) == columns->end()) {
      return fmt::format("{} is named like the form '{}', but has no column '{}'", file.string(), form.name, required);
    }
  }
  return {};
}

}  // namespace

bool path_matches(const fs::path& path, const std::string& pattern) {
  const fs::path wanted(pattern);
  if (depth_of(wanted) > depth_of(path)) return false;
  auto have = path.end();
  for (auto want = wanted.end(); want != wanted.begin();) {
    --want;
    --have;
    if (!glob(have->string(), want->string())) return false;
  }
  return true;
}

Result<Findings> find_forms(const Card& card, const std::string& split, const fs::path& root) {
  const auto files = data_files(card, root);
  if (!files) return pass(files);
  Findings findings;
  for (const auto& form : card.forms) {
    auto patterns = form.files.find(split);
    if (patterns == form.files.end()) patterns = form.files.find("*");
    if (patterns == form.files.end()) continue;
    for (const auto& pattern : patterns->second) {
      auto matched = matching_files(*files, pattern);
      if (matched.empty()) continue;
      std::string reason = reason_against(form, matched.front());
      if (reason.empty()) {
        findings.found.push_back({&form, split, std::move(matched)});
        break;
      }
      findings.rejected.push_back(std::move(reason));
    }
  }
  return findings;
}

}  // namespace osler
