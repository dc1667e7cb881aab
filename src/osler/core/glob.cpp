#include "osler/core/glob.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace osler {

namespace {

/// '*' only.
bool stars_match(std::string_view text, std::string_view pattern) {
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

}  // namespace

bool glob_matches(std::string_view text, std::string_view pattern) {
  const auto open = pattern.find('{');
  const auto close = open == std::string_view::npos ? open : pattern.find('}', open);
  if (close == std::string_view::npos) return stars_match(text, pattern);
  std::size_t begin = open + 1;
  while (begin <= close) {
    const std::size_t end = std::min(pattern.find(',', begin), close);
    std::string one(pattern.substr(0, open));
    one += pattern.substr(begin, end - begin);
    one += pattern.substr(close + 1);
    if (glob_matches(text, one)) return true;
    begin = end + 1;
  }
  return false;
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

std::filesystem::path glob_base(const std::filesystem::path& path, std::string_view pattern) {
  const std::filesystem::path wanted(pattern);
  std::filesystem::path base = path;
  for (auto count = std::distance(wanted.begin(), wanted.end()); count > 0; --count) base = base.parent_path();
  return base;
}

}  // namespace osler
