#include "osler/report/rule_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "osler/report/escape.h"
#include "osler/report/summary.h"
#include "osler/report/text_table.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSame = 1e-12;

double total_score(const RuleSetGrades& set) {
  double total = 0.0;
  for (const auto& grade : set.grades) total += grade.score;
  return total;
}

std::size_t count(const RuleSetGrades& set, Outcome outcome) {
  return static_cast<std::size_t>(
      std::ranges::count_if(set.grades, [outcome](const Grade& grade) { return grade.outcome == outcome; }));
}

std::size_t guesses(const RuleSetGrades& set) {
  return static_cast<std::size_t>(std::ranges::count_if(set.grades, [](const Grade& grade) { return grade.guessed; }));
}

std::size_t disagreements(const RuleSetGrades& first, const RuleSetGrades& second) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < first.grades.size(); ++i) {
    if (std::abs(first.grades[i].score - second.grades[i].score) > kSame) ++different;
  }
  return different;
}

std::string percent(double part, std::size_t whole) {
  return whole == 0 ? "—" : fmt::format("{:.1f}", 100.0 * part / static_cast<double>(whole));
}

/// "B", "yes", a text cut short; "-" where nothing was read, with what else there is to say.
std::string answer_text(const Grade& grade) {
  constexpr std::size_t kLongest = 24;
  if (grade.guessed) return fmt::format("(guess, {:.2f})", grade.score);
  if (grade.answer.empty()) return fmt::format("({})", name_of(grade.outcome));
  return printable_beginning(grade.answer, kLongest) + (grade.outcome == Outcome::correct ? " +" : "");
}

std::string summary_table(const RuleSetView& view) {
  auto table = TextTable::of_numbers({"rule set", "n", "accuracy", "parsed", "correct", "wrong", "unparsed", "refused",
                                      "truncated", "error", "guessed"});
  for (const auto& set : view.rule_sets) {
    const std::size_t n = set.grades.size();
    const auto parsed = static_cast<double>(count(set, Outcome::correct) + count(set, Outcome::wrong));
    std::vector<std::string> cells{set.name, fmt::format("{}", n), percent(total_score(set), n), percent(parsed, n)};
    for (const auto outcome : kOutcomes) {
      cells.push_back(fmt::format("{}", count(set, outcome)));
    }
    cells.push_back(fmt::format("{}", guesses(set)));
    table.add(std::move(cells));
  }
  return table.text();
}

std::string disagreement_table(const RuleSetView& view) {
  std::vector<std::string> headers{"items scored otherwise"};
  for (const auto& set : view.rule_sets) headers.push_back(set.name);
  auto table = TextTable::of_numbers(std::move(headers));
  for (const auto& row : view.rule_sets) {
    std::vector<std::string> cells{row.name};
    for (const auto& column : view.rule_sets) {
      cells.push_back(&row == &column ? "." : fmt::format("{}", disagreements(row, column)));
    }
    table.add(std::move(cells));
  }
  return table.text();
}

std::string discordant_table(const RuleSetView& view, const std::vector<std::size_t>& items, std::size_t most) {
  std::vector<std::string> headers{"item", "gold"};
  for (const auto& set : view.rule_sets) headers.push_back(set.name);
  headers.emplace_back("the response ends");
  TextTable table(std::move(headers));
  for (std::size_t i = 0; i < std::min(most, items.size()); ++i) {
    const SeenItem& item = view.items[items[i]];
    std::vector<std::string> cells{printable(item.id), printable(item.gold)};
    for (const auto& set : view.rule_sets) cells.push_back(answer_text(set.grades[items[i]]));
    cells.push_back(printable(item.end_of_text));
    table.add(std::move(cells));
  }
  return table.text();
}

/// The most contested first: where a rule set stands alone, it says more about the rule set than about the item.
std::vector<std::size_t> contested(const RuleSetView& view) {
  auto items = discordant_items(view);
  const auto minority = [&view](std::size_t item) {
    const auto score = [item](const RuleSetGrades& set) { return set.grades[item].score > 0.5; };
    const auto right = static_cast<std::size_t>(std::ranges::count_if(view.rule_sets, score));
    return std::min(right, view.rule_sets.size() - right);
  };
  std::ranges::stable_sort(items, std::greater{}, minority);
  return items;
}

std::string range_text(const RuleSetView& view) {
  const auto [low, high] = std::ranges::minmax_element(view.rule_sets, {}, total_score);
  const std::size_t n = view.items.size();
  if (n == 0 || view.rule_sets.size() < 2) return "";
  return fmt::format("The same responses score between {} ({}) and {} ({}).\n", percent(total_score(*low), n),
                     low->name, percent(total_score(*high), n), high->name);
}

Json grade_object(const Grade& grade) {
  return {{"outcome", name_of(grade.outcome)},
          {"answer", grade.answer.empty() ? Json(nullptr) : Json(valid_utf8(grade.answer))},
          {"rule", grade.rule},
          {"score", grade.score},
          {"guessed", grade.guessed}};
}

Json item_object(const SeenItem& item) {
  return {
      {"item", valid_utf8(item.id)}, {"gold", valid_utf8(item.gold)}, {"response_ends", valid_utf8(item.end_of_text)}};
}

std::string dump(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

}  // namespace

std::string gold_answer(const Item& item) {
  return item.kind == Kind::mcq && item.gold_option ? option_name(item, *item.gold_option) : item.gold;
}

bool differ(const Grade& first, const Grade& second) {
  return first.outcome != second.outcome || first.answer != second.answer ||
         std::abs(first.score - second.score) > kSame;
}

std::vector<std::size_t> discordant_items(const RuleSetView& view) {
  std::vector<std::size_t> items;
  for (std::size_t i = 0; i < view.items.size(); ++i) {
    const double own = view.rule_sets.front().grades[i].score;
    const auto otherwise = [&](const RuleSetGrades& set) { return std::abs(set.grades[i].score - own) > kSame; };
    if (std::ranges::any_of(view.rule_sets, otherwise)) items.push_back(i);
  }
  return items;
}

std::string rule_sets_text(const RuleSetView& view, std::size_t most) {
  const auto items = contested(view);
  std::string text = fmt::format("{} on {}: one set of responses under {} rule sets\n\n", printable(view.model),
                                 printable(view.row_set), view.rule_sets.size());
  text += summary_table(view) + '\n' + range_text(view);
  text += "Accuracy counts a guess with its chance of being right; another tool draws it at random.\n";
  if (view.rule_sets.size() < 2) return text;
  text += '\n' + disagreement_table(view) + '\n';
  text += fmt::format("Discordant items: {} of {}", items.size(), view.items.size());
  if (items.empty()) return text + ".\n";
  text += items.size() > most ? fmt::format(", the {} most contested of them (--json has all):\n\n", most) : ":\n\n";
  return text + discordant_table(view, items, most) +
         "\nA + marks what scores. 'osler why RUN ITEM' shows one of them.\n";
}

std::string rule_sets_json(const RuleSetView& view) {
  Json sets = Json::array();
  Json pairs = Json::array();
  for (const auto& set : view.rule_sets) {
    Json outcomes = Json::object();
    for (const auto outcome : kOutcomes) {
      outcomes[std::string(name_of(outcome))] = count(set, outcome);
    }
    const std::size_t n = set.grades.size();
    const Json accuracy = n == 0 ? Json(nullptr) : Json(total_score(set) / static_cast<double>(n));
    sets.push_back(
        {{"rule_set", set.name}, {"n", n}, {"accuracy", accuracy}, {"outcomes", outcomes}, {"guessed", guesses(set)}});
    for (const auto& other : view.rule_sets) {
      if (&other <= &set) continue;
      pairs.push_back({{"a", set.name}, {"b", other.name}, {"items", disagreements(set, other)}});
    }
  }
  Json discordant = Json::array();
  for (const auto i : discordant_items(view)) {
    Json object = item_object(view.items[i]);
    for (const auto& set : view.rule_sets) object["grades"][set.name] = grade_object(set.grades[i]);
    discordant.push_back(std::move(object));
  }
  return dump({{"model", valid_utf8(view.model)},
               {"benchmark", valid_utf8(view.benchmark)},
               {"row_set", valid_utf8(view.row_set)},
               {"rule_sets", std::move(sets)},
               {"disagreements", std::move(pairs)},
               {"discordant", std::move(discordant)}});
}

std::string changes_text(const std::vector<Change>& changes, std::size_t items, const std::string& before,
                         const std::string& after) {
  if (changes.empty()) return fmt::format("None of {} items is graded otherwise by {}.\n", items, after);
  std::vector<const Change*> order;
  for (const auto& change : changes) order.push_back(&change);
  const auto keeps_score = [](const Change* change) {
    return std::abs(change->before.score - change->after.score) <= kSame;
  };
  std::stable_partition(order.begin(), order.end(), [&](const Change* change) { return !keeps_score(change); });
  TextTable table({"item", "gold", printable(before), "by", printable(after), "by", "the response ends"});
  std::map<std::pair<std::string, std::string>, std::size_t> kinds;
  for (const auto* change : order) {
    table.add({printable(change->item.id), printable(change->item.gold), answer_text(change->before),
               printable(change->before.rule), answer_text(change->after), printable(change->after.rule),
               printable(change->item.end_of_text)});
    ++kinds[{std::string(name_of(change->before.outcome)), std::string(name_of(change->after.outcome))}];
  }
  std::string text = table.text() + '\n';
  text += fmt::format("{} of {} items are graded otherwise, {} with another score. A + marks what scores.\n",
                      changes.size(), items,
                      changes.size() - static_cast<std::size_t>(std::ranges::count_if(order, keeps_score)));
  for (const auto& [kind, number] : kinds) text += fmt::format("  {} -> {}: {}\n", kind.first, kind.second, number);
  return text;
}

std::string changes_json(const std::vector<Change>& changes) {
  Json list = Json::array();
  for (const auto& change : changes) {
    Json object = item_object(change.item);
    object["before"] = grade_object(change.before);
    object["after"] = grade_object(change.after);
    list.push_back(std::move(object));
  }
  return dump(list);
}

}  // namespace osler::report
