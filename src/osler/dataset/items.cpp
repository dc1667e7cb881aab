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

/// Options from one column that holds a list of texts, a list of {letter, content} or an object by letter,
/// or from one column per option.
std::vector<std::string> options_of(const Form& form, const Json& fields) {
  std::vector<std::string> options;
  const auto add = [&options](const Json& value) {
    if (value.is_object() && value.contains("content")) {
      options.emplace_back(trim(text_of_value(value["content"])));
    } else if (!value.is_null()) {
      options.emplace_back(trim(text_of_value(value)));
    }
  };
  for (const auto& column : form.option_columns) {
    const auto found = fields.find(column);
    if (found == fields.end()) continue;
    if (found->is_array() || found->is_object()) {
      for (const auto& value : *found) add(value);
    } else {
      add(*found);
    }
  }
  return options;
}

std::optional<std::size_t> option_by_letter(std::string_view letter, std::size_t count) {
  if (letter.size() != 1) return std::nullopt;
  const char upper = letter[0] >= 'a' && letter[0] <= 'z' ? static_cast<char>(letter[0] - 'a' + 'A') : letter[0];
  if (upper < 'A') return std::nullopt;
  const auto index = static_cast<std::size_t>(upper - 'A');
  return index < count ? std::optional(index) : std::nullopt;
}

std::optional<std::size_t> option_by_text(const std::string& answer, const std::vector<std::string>& options) {
  const auto exact = std::find(options.begin(), options.end(), answer);
  if (exact != options.end()) return static_cast<std::size_t>(exact - options.begin());
  const std::string folded = to_lower(answer);
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (to_lower(collapse_space(options[i])) == folded) return i;
  }
  return std::nullopt;
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
    item.options = options_of(form, fields);
    item.gold_option = form.answer_form == AnswerForm::letter ? option_by_letter(item.gold, item.options.size())
                                                              : option_by_text(item.gold, item.options);
    if (item.options.size() < 2 || item.options.size() > kMaxOptions) {
      draft.problems.push_back(fmt::format("has {} options", item.options.size()));
      item.options.resize(std::min(item.options.size(), kMaxOptions));
    }
    if (item.gold_option) item.gold = item.options[*item.gold_option];
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
  if (!stays_below(name)) {
    draft.problems.push_back(fmt::format("names the image '{}', which lies outside of the benchmark", name));
  } else {
    std::error_code ignored;
    for (const auto& folder : form.images.folders) {
      const fs::path path = (file.parent_path() / folder / name).lexically_normal();
      if (!fs::exists(path, ignored)) continue;
      draft.item.images.push_back({name, path, {}});
      return;
    }
    draft.problems.push_back(fmt::format("has no image '{}' in {}", name, file.parent_path().string()));
  }
  // Kept, so that the item counts and comes out as an error that names the file.
  draft.item.images.push_back({name, (file.parent_path() / form.images.folders.front() / name).lexically_normal(), {}});
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
  if (draft.item.images.empty() && !form.images.columns.empty()) draft.problems.emplace_back("has no image");
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
  for (const auto& rule : form.kinds) {
    if (!rule.when || matches(*rule.when, row.fields)) {
      item.kind = rule.kind;
      break;
    }
  }
  set_gold(form, row.fields, draft);
  set_images(form, row, file, draft);
  for (const auto& [stratum, column] : form.strata) {
    std::string value = collapse_space(text_of(row.fields, column));
    if (!value.empty()) item.strata[stratum] = std::move(value);
  }
  if (!form.capability_column.empty()) {
    const auto value = form.capability_values.find(to_lower(trim(text_of(row.fields, form.capability_column))));
    if (value != form.capability_values.end()) {
      item.capability = capability_from(value->second).value_or(Capability::unlabeled);
    }
  }
  return draft;
}

}  // namespace osler
