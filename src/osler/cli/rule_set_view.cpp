#include "osler/cli/rule_set_view.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

/// The last words of a text in one line, from the start of a word where there is one near.
std::string end_of(std::string_view text) {
  constexpr std::size_t kEnough = 48;
  const auto last = text.find_last_not_of(" \t\r\n");
  text = last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
  std::string end(text.size() > kEnough ? text.substr(text.size() - kEnough) : text);
  std::ranges::replace_if(
      end, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  if (text.size() <= kEnough) return end;
  const auto space = end.find(' ');
  if (space != std::string::npos && space + 1 < end.size()) return "..." + end.substr(space);
  const auto whole = std::ranges::find_if_not(end, is_continuation);
  return "..." + std::string(whole, end.end());
}

}  // namespace

report::SeenItem seen_item(const Item& item, const Response& response) {
  const bool failed = response.finish == FinishReason::error;
  return {item.id, report::gold_answer(item), end_of(failed ? response.error : response.text)};
}

report::RuleSetView view_of(const RecordedRun& run, const std::vector<RuleSet>& sets) {
  report::RuleSetView view{run.manifest.model, run.manifest.benchmark, run.manifest.row_set, {}, {}};
  for (const auto& set : sets) view.rule_sets.push_back({set.name(), {}});
  for (const auto& item : run.items) {
    const auto* response = run.response_to(item);
    if (response == nullptr) continue;
    view.items.push_back(seen_item(item, *response));
    for (std::size_t i = 0; i < sets.size(); ++i) {
      view.rule_sets[i].grades.push_back(sets[i].grader.grade(item, *response));
    }
  }
  return view;
}

}  // namespace osler::cli
