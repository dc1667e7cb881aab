#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/dataset/card_guesser.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/text.h"

namespace osler {

/// True if the column's value says whether a question has options; `with` are the values of those that have.
bool CardGuesser::separates(const ColumnFacts& facts, std::set<std::string>& with) {
  constexpr std::size_t kMostValues = 20;
  if (!facts.in_first_record || facts.values.size() > kMostValues || facts.longest > 40) return false;
  std::set<std::string> without;
  with.clear();
  for (const auto& asked : asked_) {
    if (asked.yes_no) continue;
    const std::string value = to_lower(trim(text_of(*asked.fields, facts.name)));
    (asked.choices.size() >= 2 ? with : without).insert(value);
  }
  return !with.contains("") &&
         std::none_of(with.begin(), with.end(), [&without](const auto& value) { return without.contains(value); });
}

/// What tells questions with options from those without, if something does.
std::optional<Match> CardGuesser::condition_of_options() {
  std::set<std::string> with;
  const auto* answer = sample_.find(form().answer.column);
  if (form().answer.form == AnswerForm::letter && answer != nullptr && separates(*answer, with)) {
    return Match{answer->name, {with.begin(), with.end()}, {}};
  }
  auto candidates = named({"kind", "questiontype", "type", "answertype", "qtype", "format", "questionformat"});
  for (const auto& facts : sample_.columns) {
    if (!is_taken(facts)) candidates.push_back(&facts);
  }
  for (const auto* facts : candidates) {
    if (separates(*facts, with)) return Match{facts->name, {with.begin(), with.end()}, {}};
  }
  return std::nullopt;
}

void CardGuesser::guess_kinds() {
  std::uint64_t yes_no = 0;
  std::uint64_t with = 0;
  std::uint64_t without = 0;
  // Where "no" is one of three options, a rule by the answer would drop the third.
  const bool among_others = std::any_of(asked_.begin(), asked_.end(),
                                        [](const Asked& asked) { return asked.yes_no && asked.choices.size() > 2; });
  for (auto& asked : asked_) {
    asked.yes_no = asked.yes_no && !among_others;
    ++(asked.yes_no ? yes_no : asked.choices.size() >= 2 ? with : without);
  }
  std::string& reason = guess_.reasons["kinds"];
  reason = fmt::format("{} answers yes or no, {} questions with options, {} others", yes_no, with, without);
  auto& kinds = form().kinds;
  if (yes_no > 0) kinds.push_back({Kind::yes_no, Match{form().answer.column, {"yes", "no"}, {}}});
  if (with == 0) {
    kinds.push_back({Kind::open, std::nullopt});
    return;
  }
  std::optional<Match> condition;
  if (without > 0) condition = condition_of_options();
  kinds.push_back({Kind::mcq, condition});
  if (condition) kinds.push_back({Kind::open, std::nullopt});
  if (without > 0 && !condition) {
    guess_.notes.push_back(
        fmt::format("{} questions have no options and no column says which: give the rule 'mcq' a "
                    "condition ('when') and add {{kind: open}}",
                    without));
  }
}

void CardGuesser::guess_splits() {
  static const std::set<std::string> kNames{"train",      "training", "val",  "valid",
                                            "validation", "dev",      "test", "testing"};
  for (const auto* facts : named({"split", "subset", "set", "partition", "phase", "datasplit"})) {
    const bool all_known = std::all_of(facts->values.begin(), facts->values.end(),
                                       [](const auto& value) { return kNames.contains(to_lower(value.first)); });
    if (!all_known) continue;
    for (const auto& [value, count] : facts->values) {
      const std::string lower = to_lower(value);
      form().split_rows[lower == "testing" ? "test" : lower] = Match{facts->name, {lower}, {}};
    }
    if (!form().split_rows.contains("test")) {
      guess_.notes.push_back(
          fmt::format("the column '{}' names splits, but the first records have no 'test' among "
                      "them: every record is taken for the test split",
                      facts->name));
      form().split_rows.clear();
      continue;
    }
    guess_.reasons["splits"] = "its name and values";
    take(facts->name);
    return;
  }
}

void CardGuesser::guess_capability() {
  for (const auto& facts : sample_.columns) {
    if (!facts.in_first_record || is_taken(facts) || facts.values.empty()) continue;
    const bool all_known = std::all_of(facts.values.begin(), facts.values.end(), [](const auto& value) {
      const std::string lower = to_lower(value.first);
      return lower == "understanding" || lower == "reasoning";
    });
    if (!all_known) continue;
    form().capability_column = facts.name;
    guess_.reasons["capability"] = "its values";
    take(facts.name);
    return;
  }
}

void CardGuesser::guess_id() {
  const auto fits = [this](const ColumnFacts& facts) {
    constexpr std::uint64_t kLongest = 64;
    const bool usable = facts.name.find_first_of("{}") == std::string::npos && !facts.name.empty() &&
                        facts.name != "split" && facts.name != "row";
    const bool all_different = facts.filled == sample_.rows.size() && facts.values.size() == facts.filled;
    return usable && all_different && facts.longest <= kLongest &&
           std::none_of(facts.values.begin(), facts.values.end(),
                        [](const auto& value) { return value.first.find_first_of(" \t\n") != std::string::npos; });
  };
  // Those that are called an id go before those that only could be one.
  auto candidates = named({"id", "qid", "questionid", "itemid", "uid", "index", "idx", "key", "sampleid", "caseid"});
  for (const bool called_so : {true, false}) {
    for (const auto& facts : sample_.columns) {
      if (!is_taken(facts) && plain_name(facts.name).ends_with("id") == called_so) candidates.push_back(&facts);
    }
  }
  const auto found =
      std::find_if(candidates.begin(), candidates.end(), [&](const auto* facts) { return fits(*facts); });
  if (found == candidates.end()) {
    form().id = "{split}-{row}";
    return;
  }
  form().id = "{" + (*found)->name + "}";
  guess_.reasons["id"] = fmt::format("{} different values in {} records", (*found)->filled, (*found)->filled);
  take((*found)->name);
}

void CardGuesser::guess_strata() {
  constexpr std::size_t kMostValues = 30;
  constexpr std::uint64_t kLongest = 40;
  std::size_t found = 0;
  for (const auto& facts : sample_.columns) {
    const bool few = facts.values.size() >= 2 && facts.values.size() <= kMostValues &&
                     2 * facts.values.size() <= facts.filled && facts.longest <= kLongest;
    if (is_taken(facts) || !few) continue;
    std::string name;
    for (const char c : facts.name) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
      name += plain ? c : '_';
    }
    constexpr std::size_t kMostStrata = 12;
    if (++found > kMostStrata) break;
    form().strata.emplace(name, StratumColumn{{facts.name}, nullptr, {}});
  }
  guess_.reasons["strata"] = "columns with few different values";
}

}  // namespace osler
