#include "osler/import/matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/import/evidence.h"
#include "osler/import/recorded_ids.h"

namespace osler {
namespace {

using Relation = OptionOrder::Relation;

/// Of more items with one question no comparison is tried: it would take time by the square of the file.
constexpr std::size_t kMostCandidates = 512;

bool other_options(const Record& record, const Item& item) {
  return compare_options(record, item).relation == Relation::other;
}

class Matcher {
 public:
  Matcher(const std::vector<Record>& records, const std::vector<Item>& items)
      : records_(records), items_(items), found_(records.size()), why_(records.size()) {
    for (const auto& record : records) golds_.push_back(recorded_gold(record));
    for (const auto& item : items) gold_keys_.push_back(gold_key(item));
  }

  void by_id() {
    const ItemIds ids(items_);
    const auto known = [&ids](const Record& record) { return ids.find(record.id).has_value(); };
    // Row numbers that happen to be ids of some items are ids only if all of them are.
    counting_ = ids_only_count(records_);
    if (counting_ && !std::all_of(records_.begin(), records_.end(), known)) return;
    const bool numbers_count = numbers_are_ids(records_, ids, items_.size());
    const bool golds_agree = numbers_have_their_golds(ids);
    bool any_exact = false;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto item = ids.find(records_[i].id);
      if (!item) continue;
      any_exact = true;
      if (!numbers_count && is_bare_number(records_[i])) {
        why_[i] = "has the number of an item, but most of these numbers are of none: they are of another copy";
      } else if (!golds_agree && may_be_chance(i)) {
        why_[i] =
            "has the number of an item, but such records have other gold answers: the numbers are of another copy";
      } else {
        take_by_id(i, *item);
      }
    }
    by_part_of_id(ids, !any_exact);
  }

  void by_question() {
    index_questions();
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (!found_[i] && !records_[i].question.empty()) take_by_question(i);
    }
  }

  void by_position() {
    if (records_.size() != items_.size() || !order_holds()) return;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      // A record with the right question in the right place and another gold answer is not quite that item's.
      const std::size_t place = place_of(i);
      if (!found_[i] && gold_agrees(i, place) != false) found_[i] = Found{place, MatchedBy::position};
    }
  }

  Result<Matching> settle() {
    std::vector<std::vector<std::size_t>> answers(items_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (found_[i]) answers[found_[i]->item].push_back(i);
    }
    Matching matching;
    for (std::size_t item = 0; item < items_.size(); ++item) {
      if (auto status = leave_one_answer(item, answers[item]); !status) return pass(status);
      if (answers[item].empty()) {
        matching.unanswered.push_back(item);
        continue;
      }
      matching.matches.push_back({answers[item].front(), item, found_[answers[item].front()]->by});
      matching.repeated += answers[item].size() - 1;
    }
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (!found_[i]) matching.unmatched.push_back({i, why_[i].empty() ? reason(records_[i]) : why_[i]});
    }
    return matching;
  }

 private:
  struct Found {
    std::size_t item = 0;
    MatchedBy by = MatchedBy::id;
  };
  using Index = std::unordered_map<std::string, std::vector<std::size_t>>;

  [[nodiscard]] std::optional<bool> gold_agrees(std::size_t record, std::size_t item) const {
    return same_gold(golds_[record], items_[item], gold_keys_[item]);
  }

  /// Whether the record's id is a number that may be an item's by chance.
  [[nodiscard]] bool may_be_chance(std::size_t record) const { return counting_ || is_bare_number(records_[record]); }

  /// Whether such numbers lead to items with the records' gold answers. One that differs may be a mended one; several,
  /// and more than one in fifty, are of another numbering, and those that agree do so because gold answers repeat.
  [[nodiscard]] bool numbers_have_their_golds(const ItemIds& ids) const {
    constexpr std::size_t kSeveral = 2;
    constexpr std::size_t kOneIn = 50;
    std::size_t compared = 0;
    std::size_t others = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const auto item = may_be_chance(i) ? ids.find(records_[i].id) : std::nullopt;
      const auto agrees = item ? gold_agrees(i, *item) : std::nullopt;
      if (agrees) ++compared;
      if (agrees == false) ++others;
    }
    return others < kSeveral || others * kOneIn <= compared;
  }

  void take_by_id(std::size_t record, std::size_t item) {
    if (same_question(records_[record], items_[item]) == false) {
      why_[record] = fmt::format("has the id of the item '{}', but another question", items_[item].id);
    } else if (other_options(records_[record], items_[item])) {
      why_[record] = fmt::format("lists other options than the item '{}'", items_[item].id);
    } else if (same_picture(records_[record], items_[item]) == false) {
      why_[record] = fmt::format("has the id of the item '{}', but another picture", items_[item].id);
    } else if (gold_agrees(record, item) == false) {
      why_[record] = fmt::format("has the id of the item '{}', but its gold answer is another", items_[item].id);
    } else {
      found_[record] = Found{item, MatchedBy::id};
    }
  }

  /// Ids with something in front or behind. That a word of an id is an item's id may be chance: it counts only where
  /// the question says so, too, or where no record has an item's id alone and it is the same word in all records, for
  /// two items at least.
  void by_part_of_id(const ItemIds& ids, bool all) {
    std::vector<std::pair<std::size_t, ItemIds::Part>> parts;
    bool several = false;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (found_[i] || !why_[i].empty()) continue;
      const auto part = ids.find_part(records_[i].id);
      all = all && part && (parts.empty() || parts.front().second.word == part->word);
      if (!part) continue;
      parts.emplace_back(i, *part);
      several = several || parts.front().second.item != part->item;
    }
    for (const auto& [record, part] : parts) {
      const bool agrees = same_question(records_[record], items_[part.item]) == true;
      if (agrees || (all && several)) take_by_id(record, part.item);
    }
  }

  static std::string with_picture(const std::string& question, std::string_view path) {
    return question + '\n' + picture_key(path);
  }

  void index_questions() {
    for (std::size_t item = 0; item < items_.size(); ++item) {
      const std::string key = comparable_question(items_[item].question);
      by_question_[key].push_back(item);
      if (!has_named_images(items_[item])) {
        without_picture_[key].push_back(item);
        continue;
      }
      for (const auto& image : items_[item].images) by_picture_[with_picture(key, image.key)].push_back(item);
    }
  }

  /// The items with the record's question that may have its picture.
  [[nodiscard]] std::vector<std::size_t> candidates_of(const Record& record, const std::string& key) const {
    std::vector<std::size_t> candidates;
    const auto add = [&candidates](const Index& index, const std::string& name) {
      const auto found = index.find(name);
      if (found != index.end()) candidates.insert(candidates.end(), found->second.begin(), found->second.end());
    };
    if (record.images.empty()) {
      add(by_question_, key);
      return candidates;
    }
    add(without_picture_, key);
    for (const auto& image : record.images) add(by_picture_, with_picture(key, image));
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    return candidates;
  }

  void take_by_question(std::size_t index) {
    const Record& record = records_[index];
    const std::string key = comparable_question(record.question);
    if (!by_question_.contains(key)) return;
    auto candidates = candidates_of(record, key);
    if (candidates.size() <= kMostCandidates) {
      std::erase_if(candidates, [&](std::size_t item) { return contradicts(index, item); });
    }
    if (candidates.size() == 1) {
      found_[index] = Found{candidates.front(), MatchedBy::question};
    } else if (why_[index].empty()) {
      why_[index] = candidates.empty()
                        ? "has the question of an item, but another picture, gold answer or other options"
                        : fmt::format("fits {} items, and nothing in it tells them apart", candidates.size());
    }
  }

  [[nodiscard]] bool contradicts(std::size_t record, std::size_t item) const {
    return gold_agrees(record, item) == false || same_picture(records_[record], items_[item]) == false ||
           other_options(records_[record], items_[item]);
  }

  [[nodiscard]] std::size_t place_of(std::size_t record) const { return records_[record].position.value_or(record); }

  /// Whether the records can be the items one after another.
  [[nodiscard]] bool order_holds() const {
    std::vector<bool> taken(items_.size());
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const std::size_t place = place_of(i);
      if (place >= items_.size() || taken[place]) return false;
      taken[place] = true;
      if (found_[i] ? found_[i]->item != place : !may_stand_at(i, place)) return false;
    }
    return true;
  }

  [[nodiscard]] bool may_stand_at(std::size_t index, std::size_t place) const {
    const Record& record = records_[index];
    const Item& item = items_[place];
    if (other_options(record, item) || same_picture(record, item) == false) return false;
    if (const auto same = same_question(record, item)) return *same;
    // Without a question, an id that no item has or another gold answer is a reason to doubt.
    return (record.id.empty() || counting_) && gold_agrees(index, place) != false;
  }

  [[nodiscard]] std::string reason(const Record& record) const {
    if (record.id.empty() && record.question.empty()) return "has neither an id nor a question";
    return record.question.empty() ? "has an id that no item has" : "has a question that no item has";
  }

  void drop(std::size_t record, std::string why) {
    found_[record].reset();
    why_[record] = std::move(why);
  }

  /// Leaves of the records that lead to one item those that say the same of it. Of two questions that look like one,
  /// which may differ in what is not recorded, neither counts.
  Status leave_one_answer(std::size_t item, std::vector<std::size_t>& answers) {
    if (answers.size() < 2) return {};
    const std::string& id = items_[item].id;
    const auto is_exact = [&](std::size_t record) { return records_[record].id == id; };
    if (std::any_of(answers.begin(), answers.end(), is_exact)) {
      for (const auto record : answers) {
        if (!is_exact(record)) drop(record, fmt::format("fits the item '{}', whose id another record has", id));
      }
      std::erase_if(answers, [&](std::size_t record) { return !found_[record]; });
    }
    const std::size_t first = answers.front();
    const auto repeats = [&](std::size_t record) { return record == first || may_repeat(first, record); };
    if (!std::all_of(answers.begin(), answers.end(), repeats)) {
      for (const auto record : answers) drop(record, fmt::format("two records fit one item: '{}'", id));
      answers.clear();
      return {};
    }
    for (const auto record : answers) {
      if (!same_answer(first, record)) return two_answers(first, record);
    }
    return {};
  }

  /// Whether the two can be records of one question: by their ids, or without ids by all that they say.
  [[nodiscard]] bool may_repeat(std::size_t a, std::size_t b) const {
    const Record& one = records_[a];
    const Record& other = records_[b];
    if (!one.id.empty() || !other.id.empty()) return one.id == other.id;
    return same_answer(a, b) && one.question == other.question && one.prompt == other.prompt &&
           one.gold == other.gold && one.images == other.images && one.position == other.position;
  }

  [[nodiscard]] bool same_answer(std::size_t a, std::size_t b) const {
    return records_[a].response == records_[b].response && records_[a].finish == records_[b].finish &&
           records_[a].options == records_[b].options;
  }

  [[nodiscard]] tl::unexpected<Error> two_answers(std::size_t first, std::size_t second) const {
    return fail(ErrorCode::malformed,
                fmt::format("answers the item '{}' in another way than {}", items_[found_[second]->item].id,
                            records_[first].place.text()),
                records_[second].place, "import one of the two");
  }

  const std::vector<Record>& records_;
  const std::vector<Item>& items_;
  std::vector<std::optional<Found>> found_;
  std::vector<std::string> why_;
  std::vector<RecordedGold> golds_;     ///< Of the records.
  std::vector<std::string> gold_keys_;  ///< Of the items.
  bool counting_ = false;
  Index by_question_;
  Index by_picture_;       ///< By question and picture, of items with named images.
  Index without_picture_;  ///< By question, of the others.
};

/// Gives the item its options in the order in which they were asked.
void reorder(Item& item, const std::vector<std::size_t>& places) {
  std::vector<std::string> options;
  std::optional<std::size_t> gold;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (item.gold_option == places[i]) gold = i;
    options.push_back(item.options[places[i]]);
  }
  item.options = std::move(options);
  item.gold_option = gold;
}

std::string example_of(const Record& record) {
  constexpr std::size_t kEnough = 80;
  if (!record.id.empty()) return fmt::format("a record's id: '{}'", printable_line(record.id.substr(0, kEnough)));
  if (record.question.empty()) return "the records have neither ids nor questions";
  return fmt::format("a record's question: '{}'", printable_line(record.question.substr(0, kEnough)));
}

}  // namespace

std::uint64_t Matching::count(MatchedBy by) const {
  return static_cast<std::uint64_t>(
      std::count_if(matches.begin(), matches.end(), [by](const RecordMatch& match) { return match.by == by; }));
}

Result<Matching> match_records(const std::vector<Record>& records, std::vector<Item>& items) {
  Matcher matcher(records, items);
  matcher.by_id();
  matcher.by_question();
  matcher.by_position();
  auto matching = matcher.settle();
  if (!matching) return matching;
  if (matching->matches.empty()) {
    const std::string why = matching->unmatched.empty() ? std::string() : matching->unmatched.front().why;
    return fail(
        ErrorCode::mismatch,
        fmt::format("none of the {} records answers one of the {} items; the first one {} ({}; an item's: '{}')",
                    records.size(), items.size(), why, records.empty() ? "" : example_of(records.front()),
                    items.empty() ? "" : printable_line(items.front().id)),
        records.empty() ? Place{} : Place{records.front().place.file},
        "choose the split or the form with --split or --form, or name the column of the ids with --map id=");
  }
  for (const auto& match : matching->matches) {
    const auto order = compare_options(records[match.record], items[match.item]);
    if (order.relation != Relation::reordered) continue;
    reorder(items[match.item], order.places);
    ++matching->reordered;
  }
  return matching;
}

}  // namespace osler
