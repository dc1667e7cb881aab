#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "osler/core/grade.h"
#include "osler/core/item.h"

/// One set of responses under several rule sets: what they make of it, and the items on which they do not agree.
namespace osler::report {

/// An item as the rule sets saw it.
struct SeenItem {
  std::string id;
  std::string gold;         ///< As in grades: a letter, yes or no, or text.
  std::string end_of_text;  ///< The last words of the response, to see what there was to read.
};

struct RuleSetGrades {
  std::string name;
  std::vector<Grade> grades;  ///< Of the items, in their order.
};

struct RuleSetView {
  std::string model;
  std::string benchmark;
  std::string row_set;
  std::vector<SeenItem> items;
  std::vector<RuleSetGrades> rule_sets;  ///< The run's own first; at least one.
};

/// An item's gold answer in the words of a grade.
[[nodiscard]] std::string gold_answer(const Item& item);

/// The items that not all rule sets score alike, in their order.
[[nodiscard]] std::vector<std::size_t> discordant_items(const RuleSetView& view);

/// A line per rule set, how often every two of them disagree, and the `most` most contested items.
[[nodiscard]] std::string rule_sets_text(const RuleSetView& view, std::size_t most);
/// One object: rule_sets[], disagreements[], discordant[] with all of these items.
[[nodiscard]] std::string rule_sets_json(const RuleSetView& view);

/// What one rule set makes of a response, and another.
struct Change {
  SeenItem item;
  Grade before;
  Grade after;
};

/// The changes, those of the score first, a line each; then how many there are of which kind.
[[nodiscard]] std::string changes_text(const std::vector<Change>& changes, std::size_t items, const std::string& before,
                                       const std::string& after);
/// A list of objects.
[[nodiscard]] std::string changes_json(const std::vector<Change>& changes);

/// Whether two grades of one response differ in outcome, answer or score.
[[nodiscard]] bool differ(const Grade& first, const Grade& second);

}  // namespace osler::report
