#include "osler/grade/boxes.h"

#include <cstddef>
#include <vector>

#include "osler/grade/characters.h"

namespace osler::grade {
namespace {

/// A box whose end was not seen yet. Braces inside it are only counted, so that a million of them cost no memory.
struct Open {
  std::size_t content = 0;
  std::size_t braces = 0;
};

/// The place after the opening brace of a box whose backslash is at `at`; npos if it is not a box.
std::size_t box_content(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  std::size_t length = 0;
  if (rest.starts_with("\\boxed")) length = 6;
  if (rest.starts_with("\\fbox")) length = 5;
  if (length == 0) return std::string_view::npos;
  while (length < rest.size() && is_space(rest[length])) ++length;
  if (length == rest.size() || rest[length] != '{') return std::string_view::npos;
  return at + length + 1;
}

}  // namespace

Boxes find_boxes(std::string_view text) {
  Boxes boxes;
  std::vector<Open> open;
  for (std::size_t at = text.find('\\'); at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      if (const auto content = box_content(text, at); content != std::string_view::npos) {
        open.push_back({content, 0});
        at = content - 1;
      } else if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '}')) {
        ++at;  // an escaped brace
      } else if (at + 1 < text.size() && text[at + 1] == '\\' && box_content(text, at + 1) == std::string_view::npos) {
        ++at;  // an escaped backslash escapes nothing itself
      }
    } else if (c == '{' && !open.empty()) {
      ++open.back().braces;
    } else if (c == '}' && !open.empty()) {
      Open& inner = open.back();
      if (inner.braces > 0) {
        --inner.braces;
        continue;
      }
      if (!boxes.last || inner.content > boxes.last->begin) boxes.last = Span{inner.content, at};
      open.pop_back();
    }
  }
  boxes.unclosed = !open.empty();
  return boxes;
}

}  // namespace osler::grade
