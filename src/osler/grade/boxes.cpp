#include "osler/grade/boxes.h"

#include <cstddef>
#include <vector>

#include "osler/grade/characters.h"

namespace osler::grade {
namespace {

/// An opening brace whose end was not seen yet.
struct Open {
  std::size_t content = 0;
  bool box = false;
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
  std::size_t last_begin = 0;
  bool seen_box = false;
  for (std::size_t at = text.find('\\'); at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      if (const auto content = box_content(text, at); content != std::string_view::npos) {
        open.push_back({content, true});
        seen_box = true;
        at = content - 1;
      } else if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '}')) {
        ++at;  // an escaped brace
      } else if (at + 1 < text.size() && text[at + 1] == '\\' && box_content(text, at + 1) == std::string_view::npos) {
        ++at;  // an escaped backslash escapes nothing itself
      }
    } else if (c == '{' && seen_box) {
      open.push_back({at + 1, false});
    } else if (c == '}' && !open.empty()) {
      const Open opened = open.back();
      open.pop_back();
      if (opened.box && (!boxes.last || opened.content > last_begin)) {
        boxes.last = Span{opened.content, at};
        last_begin = opened.content;
      }
    }
  }
  for (const auto& opened : open) boxes.unclosed = boxes.unclosed || opened.box;
  return boxes;
}

}  // namespace osler::grade
