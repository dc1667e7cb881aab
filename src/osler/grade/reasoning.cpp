#include "osler/grade/reasoning.h"

#include <optional>

#include "osler/grade/characters.h"

namespace osler::grade {
namespace {

struct Mark {
  std::string_view text;  ///< Lower case.
  bool begins = false;
};

constexpr Mark kMarks[] = {
    {"<think>", true},      {"</think>", false},      {"<thinking>", true},           {"</thinking>", false},
    {"<thought>", true},    {"</thought>", false},    {"<reasoning>", true},          {"</reasoning>", false},
    {"[think]", true},      {"[/think]", false},      {"<|begin_of_thought|>", true}, {"<|end_of_thought|>", false},
    {"<seed:think>", true}, {"</seed:think>", false}, {"\u25C1think\u25B7", true},    {"\u25C1/think\u25B7", false},
};

std::optional<Mark> mark_at(std::string_view rest) {
  for (const auto& mark : kMarks) {
    if (starts_with_lower(rest, mark.text)) return mark;
  }
  return std::nullopt;
}

}  // namespace

Visible visible_part(std::string_view text) {
  Visible visible{{0, text.size()}, false};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '<' && text[at] != '[' && text[at] != '\xE2') continue;
    const auto mark = mark_at(text.substr(at));
    if (!mark) continue;
    if (!mark->begins) {
      visible = {{at + mark->text.size(), text.size()}, false};
    } else if (!visible.unclosed) {
      visible.span.end = at;
      visible.unclosed = true;
    }
    at += mark->text.size() - 1;
  }
  return visible;
}

}  // namespace osler::grade
