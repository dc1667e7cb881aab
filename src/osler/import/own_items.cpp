#include "osler/import/own_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "osler/core/utf8.h"
#include "osler/dataset/choices.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

constexpr const char* kWayOut = "mend the file, or give the benchmark's own data with --data";

std::vector<Choice> choices_of(const std::vector<std::string>& options) {
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < options.size(); ++i) choices.push_back({i, options[i]});
  return choices;
}

Kind kind_of(const Record& record) {
  if (record.kind) return *record.kind;
  if (record.options.size() >= 2) return Kind::mcq;
  const std::string gold = to_lower(record.gold);
  return gold == "yes" || gold == "no" ? Kind::yes_no : Kind::open;
}

Result<Item> item_of(const Record& record) {
  Item item;
  item.id = record.id;
  item.question = record.question;
  item.gold = collapse_space(record.gold);
  item.kind = kind_of(record);
  item.marks_images = record.question.find("<image ") != std::string::npos;
  for (const auto& name : record.images) item.images.push_back({name, {}, {}});
  if (item.gold.empty() || item.gold == "?") {
    return fail(ErrorCode::malformed, "has no gold answer to make an item of", record.place, kWayOut);
  }
  if (item.kind == Kind::open) return item;
  item.options = item.kind == Kind::yes_no ? std::vector<std::string>{"yes", "no"} : record.options;
  if (item.options.size() < 2 || item.options.size() > kLetters) {
    return fail(ErrorCode::malformed, fmt::format("has {} options to make an item of", item.options.size()),
                record.place, kWayOut);
  }
  const auto choices = choices_of(item.options);
  if (item.kind == Kind::mcq) item.gold_option = choice_by_letter(item.gold, choices);
  if (!item.gold_option) item.gold_option = choice_by_text(item.gold, choices);
  if (!item.gold_option) {
    return fail(ErrorCode::malformed,
                fmt::format("has the gold answer '{}', which is none of its options", printable_line(item.gold)),
                record.place, kWayOut);
  }
  item.gold = item.options[*item.gold_option];
  return item;
}

/// Every record needs an id; row numbers will do where there are none at all.
Status complete_ids(std::vector<Record>& records) {
  const auto lacks = [](const Record& record) { return record.id.empty(); };
  const auto first = std::find_if(records.begin(), records.end(), lacks);
  if (first == records.end()) return {};
  if (!std::all_of(records.begin(), records.end(), lacks)) {
    return fail(ErrorCode::malformed, "has no id, while other records have one", first->place,
                "name the column of the ids with --map id=COLUMN");
  }
  // Not a task's own number: that begins anew in every file.
  for (std::size_t i = 0; i < records.size(); ++i) records[i].id = fmt::format("row-{}", i);
  return {};
}

/// Two records of one id must be of one item.
Status same_item(const Record& first, const Record& second) {
  const char* other = nullptr;
  if (first.question != second.question) other = "another question";
  if (first.options != second.options) other = "other options";
  if (first.gold != second.gold) other = "another gold answer";
  if (other == nullptr) return {};
  return fail(ErrorCode::malformed,
              fmt::format("has the id '{}' of {}, but {}", printable_line(second.id), first.place.text(), other),
              second.place, "import one of the two, or name the column of the ids with --map id=COLUMN");
}

}  // namespace

Result<RowSet> items_of_records(std::vector<Record>& records, const std::string& benchmark, const std::string& split,
                                const std::vector<std::filesystem::path>& files) {
  if (auto status = complete_ids(records); !status) return pass(status);
  RowSet rows;
  rows.benchmark = benchmark;
  rows.split = split;
  rows.form = "as recorded";
  rows.files = files;
  std::unordered_map<std::string_view, const Record*> seen;
  for (const auto& record : records) {
    const auto [first, is_new] = seen.emplace(record.id, &record);
    if (!is_new) {
      if (auto status = same_item(*first->second, record); !status) return pass(status);
      continue;
    }
    auto item = item_of(record);
    if (!item) return pass(item);
    rows.items.push_back(std::move(*item));
  }
  return rows;
}

}  // namespace osler
