#include "osler/dataset/items.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/dataset/text.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxOptions = 26;

std::string text_of_value(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

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
  return id + form.id.substr(std::min(at, form.id.size()));
}

/// An option as the data file has it. Its letter there counts for the gold answer: an option that is null or left
/// out must not shift the letters of those behind it.
struct Choice {
  std::size_t letter = 0;  ///< 0 for A.
  std::string text;
};

std::optional<std::size_t> index_of_letter(std::string_view letter) {
  if (letter.size() != 1) return std::nullopt;
  const char upper = letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 'a' + 'A') : letter[0];
  if (upper < 'A' || upper > 'Z') return std::nullopt;
  return static_cast<std::size_t>(upper - 'A');
}

/// Options from one column that holds a list of texts, a list of {letter, content} or an object by letter,
/// or from one column per option.
std::vector<Choice> choices_of(const Form& form, const Json& fields) {
  std::vector<Choice> choices;
  std::size_t position = 0;
  const auto add = [&](const Json& value, const std::string& key) {
    const bool pair = value.is_object() && value.contains("content");
    const std::string letter = pair ? text_of(value, "letter") : key;
    const Json& content = pair ? value["content"] : value;
    const std::size_t here = position++;
    if (content.is_null()) return;
    choices.push_back({index_of_letter(trim(letter)).value_or(here), std::string(trim(text_of_value(content)))});
  };
  for (const auto& column : form.option_columns) {
    const auto found = fields.find(column);
    if (found != fields.end() && found->is_object()) {
      for (const auto& [key, value] : found->items()) add(value, key);
    } else if (found != fields.end() && found->is_array()) {
      for (const auto& value : *found) add(value, {});
    } else {
      add(found == fields.end() ? Json() : *found, {});
    }
  }
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.letter < b.letter; });
  return choices;
}

std::optional<std::size_t> choice_by_letter(std::string_view answer, const std::vector<Choice>& choices) {
  const auto letter = index_of_letter(answer);
  if (!letter) return std::nullopt;
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&letter](const Choice& c) { return c.letter == *letter; });
  return found == choices.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - choices.begin()));
}

std::optional<std::size_t> choice_by_text(const std::string& answer, const std::vector<Choice>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].text == answer) return i;
  }
  const std::string folded = to_lower(answer);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (to_lower(collapse_space(choices[i].text)) == folded) return i;
  }
  return std::nullopt;
}

void set_options(const Form& form, const Json& fields, ItemDraft& draft) {
  Item& item = draft.item;
  std::vector<Choice> choices = choices_of(form, fields);
  if (choices.size() < 2 || choices.size() > kMaxOptions) {
    draft.problems.push_back(fmt::format("has {} options", choices.size()));
    choices.resize(std::min(choices.size(), kMaxOptions));
  }
  for (const auto& choice : choices) {
    if (choice.text.empty()) draft.problems.emplace_back("has an empty option");
    item.options.push_back(choice.text);
  }
  if (item.gold.empty()) return;
  item.gold_option = form.answer_form == AnswerForm::letter ? choice_by_letter(item.gold, choices)
                                                            : choice_by_text(item.gold, choices);
  if (item.gold_option) item.gold = item.options[*item.gold_option];
}

void set_gold(const Form& form, const Json& fields, ItemDraft& draft) {
  Item& item = draft.item;
  const auto found = fields.find(form.answer_column);
  // MedXpertQA's evaluation form wraps its single letter in a list.
  const bool wrapped = found != fields.end() && found->is_array() && found->size() == 1;
  item.gold = collapse_space(wrapped ? text_of_value((*found)[0]) : text_of(fields, form.answer_column));
  if (item.gold.empty()) draft.problems.emplace_back("has no gold answer");
  if (item.kind == Kind::yes_no) {
    item.options = {"yes", "no"};
    const std::string answer = to_lower(item.gold);
    if (answer == "yes") item.gold_option = 0;
    if (answer == "no") item.gold_option = 1;
  } else if (item.kind == Kind::mcq) {
    set_options(form, fields, draft);
  }
  if (item.kind != Kind::open && !item.gold_option && !item.gold.empty()) {
    draft.problems.push_back(fmt::format("has the gold answer '{}', which is none of its options", item.gold));
  }
}

/// A relative path that stays below its folder: a data file must not name other files of the machine.
bool stays_below(const fs::path& name) {
  if (name.is_absolute()) return false;
  return std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

void add_file_image(const Form& form, const std::string& name, const fs::path& file, ItemDraft& draft) {
  if (trim(name).empty()) return;
  if (!stays_below(name)) {
    draft.problems.push_back(fmt::format("names the image '{}', which lies outside of the benchmark", name));
    // Without a file, so that the item counts and comes out as an error.
    draft.item.images.push_back({name, {}, {}});
    return;
  }
  std::error_code ignored;
  for (const auto& folder : form.images.folders) {
    fs::path path = (file.parent_path() / folder / name).lexically_normal();
    if (!fs::exists(path, ignored) || fs::is_directory(path, ignored)) continue;
    draft.item.images.push_back({name, std::move(path), {}});
    return;
  }
  fs::path expected = (file.parent_path() / form.images.folders.front() / name).lexically_normal();
  draft.missing_images.push_back(expected);
  draft.item.images.push_back({name, std::move(expected), {}});
}

void set_images(const Form& form, const Row& row, const fs::path& file, ItemDraft& draft) {
  for (const auto& column : form.images.columns) {
    const auto found = row.fields.find(column);
    if (found == row.fields.end() || found->is_null()) continue;
    if (form.format == "parquet" && found->is_object()) {
      ImageSource source{fmt::format("{}#{}/{}", file.filename().string(), row.number, column), file, column};
      source.row = row.number;
      draft.item.images.push_back(std::move(source));
    } else if (found->is_array()) {
      for (const auto& name : *found) add_file_image(form, text_of_value(name), file, draft);
    } else {
      add_file_image(form, text_of_value(*found), file, draft);
    }
  }
  if (draft.item.images.empty() && !form.images.columns.empty()) {
    draft.problems.emplace_back("has no image");
    // A question about a picture is not asked without one: this comes out as an error.
    draft.item.images.push_back({{}, {}, {}});
  }
}

}  // namespace

std::string text_of(const Json& fields, const std::string& column) {
  const auto found = fields.find(column);
  return found == fields.end() ? std::string() : text_of_value(*found);
}

bool matches(const Match& match, const Json& fields) {
  const std::string value = to_lower(trim(text_of(fields, match.column)));
  if (!match.prefix.empty() && !value.starts_with(match.prefix)) return false;
  return match.values.empty() || std::find(match.values.begin(), match.values.end(), value) != match.values.end();
}

Result<ItemDraft> make_item(const Form& form, const std::string& split, std::uint64_t sequence, const Row& row,
                            const fs::path& file) {
  Place place{file.string()};
  place.record = row.number;
  auto id = fill_id(form, split, sequence, row, place);
  if (!id) return pass(id);
  ItemDraft draft;
  Item& item = draft.item;
  item.id = std::move(*id);
  item.question = trim(text_of(row.fields, form.question_column));
  if (item.question.empty()) {
    return fail(ErrorCode::malformed, fmt::format("has no question in its column '{}'", form.question_column), place,
                "mend the file, or the card's 'question'");
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
  set_images(form, row, file, draft);
  for (const auto& [stratum, column] : form.strata) {
    std::string value = collapse_space(text_of(row.fields, column));
    if (!value.empty()) item.strata[stratum] = std::move(value);
  }
  if (!form.capability_column.empty()) {
    const std::string label = to_lower(trim(text_of(row.fields, form.capability_column)));
    const auto value = form.capability_values.find(label);
    if (value != form.capability_values.end()) {
      item.capability = capability_from(value->second).value_or(Capability::unlabeled);
    } else if (!label.empty()) {
      draft.problems.push_back(fmt::format("has the capability '{}', which its card does not know", label));
    }
  }
  return draft;
}

}  // namespace osler
