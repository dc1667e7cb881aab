#include "osler/core/glob.h"

#include <fmt/format.h>

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

std::vector<std::string> glob_alternatives(std::string_view pattern) {
  const auto open = pattern.find('{');
  const auto close = open == std::string_view::npos ? open : pattern.find('}', open);
  if (close == std::string_view::npos) return {std::string(pattern)};
  std::vector<std::string> all;
  const auto endings = glob_alternatives(pattern.substr(close + 1));
  for (std::size_t begin = open + 1; begin <= close;) {
    const std::size_t end = std::min(pattern.find(',', begin), close);
    for (const auto& ending : endings) {
      all.push_back(fmt::format("{}{}{}", pattern.substr(0, open), pattern.substr(begin, end - begin), ending));
    }
    begin = end + 1;
  }
  return all;
}

bool glob_matches(std::string_view text, std::string_view pattern) {
  if (pattern.find('{') == std::string_view::npos) return stars_match(text, pattern);
  const auto all = glob_alternatives(pattern);
  return std::any_of(all.begin(), all.end(), [text](const std::string& one) { return stars_match(text, one); });
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
