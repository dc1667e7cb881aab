#include "osler/core/glob.h"

#include <iterator>

namespace osler {

bool glob_matches(std::string_view text, std::string_view pattern) {
  // Linear in practice: one point to go back to, no recursion.
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

bool glob_matches_path(const std::filesystem::path& path, std::string_view pattern) {
  const std::filesystem::path wanted(pattern);
  if (std::distance(wanted.begin(), wanted.end()) > std::distance(path.begin(), path.end())) return false;
  auto have = path.end();
  for (auto want = wanted.end(); want != wanted.begin();) {
    --want;
    --have;
    if (!glob_matches(have->string(), want->string())) return false;
  }
  return true;
}

}  // namespace osler
