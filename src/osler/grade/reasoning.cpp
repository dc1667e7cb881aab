#include "osler/grade/reasoning.h"

#include <algorithm>
#include <optional>

#include "osler/grade/characters.h"
#include "osler/grade/normalise.h"

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

std::optional<Mark> mark_at(std::string_view rest, std::span<const ReasoningMark> more) {
  for (const auto& mark : kMarks) {
    if (starts_with_lower(rest, mark.text)) return mark;
  }
  for (const auto& mark : more) {
    if (starts_with_lower(rest, mark.text)) return Mark{mark.text, mark.begins};
  }
  return std::nullopt;
}

/// Whether a mark can begin with this byte: most cannot, and need not be compared.
bool may_begin_mark(char c, std::span<const ReasoningMark> more) {
  if (c == '<' || c == '[' || c == '\xE2') return true;
  return std::ranges::any_of(more, [c](const ReasoningMark& mark) { return mark.text.front() == to_lower(c); });
}

}  // namespace

std::vector<ReasoningMark> to_look_for(const std::vector<ReasoningMarks>& marks) {
  std::vector<ReasoningMark> out;
  for (const auto& pair : marks) {
    for (const bool begins : {true, false}) {
      std::string text = normalise(begins ? pair.open : pair.close);
      std::ranges::transform(text, text.begin(), to_lower);
      if (!text.empty()) out.push_back({std::move(text), begins});
    }
  }
  return out;
}

Visible visible_part(std::string_view text, std::span<const ReasoningMark> more) {
  Visible visible{{0, text.size()}, false};
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!may_begin_mark(text[at], more)) continue;
    const auto mark = mark_at(text.substr(at), more);
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
