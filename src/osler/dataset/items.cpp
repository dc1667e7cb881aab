#include "osler/dataset/items.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "osler/dataset/choices.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/item_images.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Ids stand in every file that is written.
constexpr std::size_t kMaxId = 1000;

Result<std::string> fill_id(const Form& form, const std::string& split, std::uint64_t sequence, const Row& row,
                            const Place& place) {
  std::string id;
  std::size_t at = 0;
  while (at < form.id.size()) {
    const auto open = form.id.find('{', at);
    const auto close = open == std::string::npos ? open : form.id.find('}', open);
    if (close == std::string::npos) break;
    id += form.id.substr(at, open - at);
    const std::string name = form.id.substr(open + 1, close - open - 1);
    std::string value;
    if (name == "split") {
      value = split;
    } else if (name == "row") {
      value = std::to_string(sequence);
    } else {
      value = std::string(trim(text_of(row.fields, name)));
    }
    if (value.empty()) {
      return fail(ErrorCode::malformed, fmt::format("has no '{}' to make an id of", name), place,
                  "mend the file, or the card's 'id'");
    }
    id += value;
    at = close + 1;
  }
  id += form.id.substr(std::min(at, form.id.size()));
  if (id.size() > kMaxId) {
    return fail(ErrorCode::limit, fmt::format("has an id of {} bytes, where at most {} are taken", id.size(), kMaxId),
                place, "mend the file, or the card's 'id'");
  }
  return id;
}

std::string question_of(const Form& form, const Json& fields) {
  std::string question = text_of(fields, form.question.column);
  if (!form.question.until.empty()) {
    // The last one: the words may stand in the question proper as well.
    const auto cut = question.rfind(form.question.until);
    if (cut != std::string::npos && cut > 0) question.resize(cut);
  }
  return std::string(trim(question));
}

/// True for a list or an object, which has no business where one text is expected.
bool is_structured(const Json& fields, const std::string& column) {
  const Json* cell = field_of(fields, column);
  return cell != nullptr && cell->is_structured();
}

void remark_on_equal_options(ItemDraft& draft) {
  std::set<std::string> seen;
  for (const auto& option : draft.item.options) {
    if (!seen.insert(to_lower(collapse_space(option))).second) {
      draft.remarks.push_back(fmt::format("has the option '{}' twice", option));
    }
  }
}

void set_options(const Form& form, const Json& fields, ItemDraft& draft) {
  Item& item = draft.item;
  std::vector<Choice> choices = choices_of(form.options, fields, item.question);
  if (form.options.from_question && choices.size() < 2) {
    draft.remarks.emplace_back("offers options in prose that no rule finds; it is asked as an open question");
    item.kind = Kind::open;
    return;
  }
  const bool by_letter = form.answer.form == AnswerForm::letter;
  if (!item.gold.empty()) {
    item.gold_option = by_letter ? choice_by_letter(item.gold, choices) : choice_by_text(item.gold, choices);
  }
  if (!item.gold_option && form.options.add_gold && !by_letter && !item.gold.empty()) {
    draft.remarks.push_back(
        fmt::format("does not offer its gold answer '{}'; it is added as the last option", item.gold));
    item.gold_option = choices.size();
    choices.push_back({choices.size(), item.gold});
  }
  if (choices.size() < 2 || choices.size() > kLetters) {
    draft.problems.push_back(fmt::format("has {} options", choices.size()));
    choices.resize(std::min(choices.size(), kLetters));
    if (item.gold_option && *item.gold_option >= choices.size()) item.gold_option.reset();
  }
  for (const auto& choice : choices) {
    if (choice.text.empty()) draft.problems.emplace_back("has an empty option");
    if (!choice.is_text) draft.problems.emplace_back("has a list or an object in the place of an option");
    item.options.push_back(choice.text);
  }
  if (item.gold_option) item.gold = item.options[*item.gold_option];
  remark_on_equal_options(draft);
}

void set_yes_or_no(const Form& form, Item& item) {
  item.options = {"yes", "no"};
  const std::string answer = to_lower(item.gold);
  const auto is = [&answer](const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), answer) != words.end();
  };
  if (is(form.answer.yes)) item.gold_option = 0;
  if (is(form.answer.no)) item.gold_option = 1;
}

/// What the card holds to mean the same as the gold answer, in any group that has it.
void add_synonyms(const Form& form, Item& item) {
  const auto key = to_lower(item.gold);
  for (const auto& group : form.synonyms) {
    const auto own = std::find_if(group.begin(), group.end(), [&](const auto& text) { return to_lower(text) == key; });
    if (own == group.end()) continue;
    for (auto other = group.begin(); other != group.end(); ++other) {
      if (other != own) item.synonyms.push_back(*other);
    }
  }
}

void set_gold(const Form& form, const Json& fields, ItemDraft& draft) {
  Item& item = draft.item;
  const Json* cell = field_of(fields, form.answer.column);
  // MedXpertQA's evaluation form wraps its single letter in a list.
  const bool wrapped = cell != nullptr && cell->is_array() && cell->size() == 1;
  item.gold = cell == nullptr ? std::string() : collapse_space(text_of_value(wrapped ? cell->front() : *cell));
  if (item.gold.empty()) draft.problems.emplace_back("has no gold answer");
  if (is_structured(fields, form.answer.column) && !wrapped) {
    draft.problems.emplace_back("has a list or an object in the place of its answer");
  }
  if (item.gold == "?") {
    draft.problems.emplace_back("has a hidden gold answer ('?'), so no answer to it can be right");
    item.gold.clear();
  }
  if (item.kind == Kind::yes_no) set_yes_or_no(form, item);
  if (item.kind == Kind::mcq) set_options(form, fields, draft);
  if (item.kind != Kind::open && !item.gold_option && !item.gold.empty()) {
    draft.problems.push_back(fmt::format("has the gold answer '{}', which is none of its options", item.gold));
  }
}

std::string stratum_value(const StratumColumn& stratum, const Item& item, const Json& fields) {
  std::string value;
  for (const auto& column : stratum.columns) {
    if (column == "{n_images}") {
      value = std::to_string(item.images.size());
    } else if (column == "{n_options}") {
      value = std::to_string(item.options.size());
    } else {
      value = collapse_space(text_of(fields, column));
    }
    if (!value.empty()) break;
  }
  if (stratum.pattern) {
    std::string part;
    value = re2::RE2::PartialMatch(value, *stratum.pattern, &part) ? part : std::string();
  }
  const auto word = stratum.values.find(to_lower(value));
  return word == stratum.values.end() ? value : word->second;
}

void set_capability(const Form& form, const Json& fields, ItemDraft& draft) {
  if (form.capability_column.empty()) return;
  const std::string label = to_lower(trim(text_of(fields, form.capability_column)));
  const auto value = form.capability_values.find(label);
  if (value != form.capability_values.end()) {
    draft.item.capability = capability_from(value->second).value_or(Capability::unlabeled);
  } else if (!label.empty()) {
    draft.problems.push_back(fmt::format("has the capability '{}', which its card does not know", label));
  }
}

}  // namespace

Result<ItemDraft> make_item(const Form& form, const std::string& split, std::uint64_t sequence, const Row& row,
                            const fs::path& file) {
  Place place{file.string()};
  place.record = row.number;
  auto id = fill_id(form, split, sequence, row, place);
  if (!id) return pass(id);
  ItemDraft draft;
  Item& item = draft.item;
  item.id = std::move(*id);
  item.question = question_of(form, row.fields);
  if (item.question.empty()) {
    return fail(ErrorCode::malformed, fmt::format("has no question in its column '{}'", form.question.column), place,
                "mend the file, or the card's 'question'");
  }
  if (is_structured(row.fields, form.question.column)) {
    draft.problems.emplace_back("has a list or an object in the place of its question");
  }
  const auto rule = std::find_if(form.kinds.begin(), form.kinds.end(), [&row](const KindRule& candidate) {
    return !candidate.when || matches(*candidate.when, row.fields);
  });
  if (rule != form.kinds.end()) {
    item.kind = rule->kind;
  } else {
    draft.problems.emplace_back("meets none of the card's kinds; it is taken for an open question");
  }
  set_gold(form, row.fields, draft);
  if (item.kind == Kind::open) add_synonyms(form, item);
  set_images(form, row, file, draft);
  for (const auto& [name, stratum] : form.strata) {
    std::string value = stratum_value(stratum, item, row.fields);
    if (!value.empty()) item.strata[name] = std::move(value);
  }
  set_capability(form, row.fields, draft);
  return draft;
}

}  // namespace osler
