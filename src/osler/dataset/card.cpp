#include "osler/dataset/card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "osler/core/hash.h"
#include "osler/dataset/text.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr std::array<std::string_view, 5> kFormats{"parquet", "json", "jsonl", "csv", "tsv"};

Match parse_match(YamlMap map) {
  map.allow_only({"column", "in", "prefix"});
  Match match{map.text("column"), map.texts("in"), map.text_or("prefix", "")};
  for (auto& value : match.values) value = to_lower(trim(value));
  match.prefix = to_lower(match.prefix);
  if (match.values.empty() && match.prefix.empty()) {
    map.complain("column", "a condition needs 'in' or 'prefix'", "for example: {column: answer, in: [yes, no]}");
  }
  return match;
}

std::map<std::string, Match> parse_matches(YamlMap& map, const std::string& key) {
  std::map<std::string, Match> out;
  if (!map.has(key)) return out;
  YamlMap named = map.child(key);
  for (const auto& name : named.keys()) {
    named.check_name(name, name);
    out.emplace(name, parse_match(named.child(name)));
  }
  return out;
}

KindRule parse_kind_rule(YamlMap map) {
  map.allow_only({"kind", "when"});
  KindRule rule;
  const std::string name = map.text("kind");
  if (const auto kind = kind_from(name)) {
    rule.kind = *kind;
  } else {
    map.complain("kind", fmt::format("unknown kind '{}'", name), "known: mcq, yes_no, open");
  }
  if (map.has("when")) rule.when = parse_match(map.child("when"));
  return rule;
}

std::map<std::string, std::uint64_t> parse_counts(YamlMap& map, const std::string& key) {
  std::map<std::string, std::uint64_t> out;
  if (!map.has(key)) return out;
  YamlMap counts = map.child(key);
  for (const auto& name : counts.keys()) out[name] = counts.count_or(name, 0);
  return out;
}

Expectation parse_expectation(YamlMap map) {
  map.allow_only({"items", "kinds", "subsets", "distinct_images"});
  Expectation expect;
  if (map.has("items")) expect.items = map.count_or("items", 0);
  if (map.has("distinct_images")) expect.distinct_images = map.count_or("distinct_images", 0);
  expect.kinds = parse_counts(map, "kinds");
  for (const auto& [name, count] : expect.kinds) {
    if (!kind_from(name)) map.complain("kinds", fmt::format("unknown kind '{}'", name), "known: mcq, yes_no, open");
  }
  expect.subsets = parse_counts(map, "subsets");
  return expect;
}

void parse_answer(YamlMap& map, Form& form) {
  YamlMap answer = map.child("answer");
  answer.allow_only({"column", "is"});
  form.answer_column = answer.text("column");
  const std::string is = answer.text_or("is", "text");
  if (is == "letter") {
    form.answer_form = AnswerForm::letter;
  } else if (is != "text") {
    answer.complain("is", fmt::format("an answer cannot be '{}'", is), "known: text, letter");
  }
}

void parse_images(YamlMap& map, Form& form) {
  if (!map.has("images")) return;
  YamlMap images = map.child("images");
  images.allow_only({"columns", "folders"});
  form.images.columns = images.texts("columns");
  form.images.folders = images.texts("folders");
  if (form.images.folders.empty()) form.images.folders = {"."};
}

void parse_capability(YamlMap& map, Form& form) {
  if (!map.has("capability")) return;
  YamlMap capability = map.child("capability");
  capability.allow_only({"column", "understanding", "reasoning"});
  form.capability_column = capability.text("column");
  for (const auto& value : capability.texts("understanding")) {
    form.capability_values[to_lower(trim(value))] = "understanding";
  }
  for (const auto& value : capability.texts("reasoning")) {
    form.capability_values[to_lower(trim(value))] = "reasoning";
  }
}

void parse_files(YamlMap& map, Form& form) {
  YamlMap files = map.child("files");
  for (const auto& split : files.keys()) {
    auto patterns = files.texts(split);
    if (split != "*") files.check_name(split, split);
    if (patterns.empty() || std::find(patterns.begin(), patterns.end(), "") != patterns.end()) {
      files.complain(split, fmt::format("the split '{}' names no file", split), "for example: test: [\"test.json\"]");
    }
    form.files[split] = std::move(patterns);
  }
  form.split_rows = parse_matches(map, "splits");
  if (form.files.empty())
    map.complain("files", "'files' names no split", "for example: files: {test: [\"test.json\"]}");
  if (form.files.contains("*") && form.split_rows.empty()) {
    map.complain("files", "files of any split ('*') need 'splits'", "say which rows belong to which split");
  }
}

void parse_id(YamlMap& map, Form& form) {
  form.id = map.text("id");
  const auto open = form.id.rfind('{');
  if (map.has("id") && (open == std::string::npos || form.id.find('}', open) == std::string::npos)) {
    map.complain("id", fmt::format("'{}' makes the same id of every row", form.id),
                 "name a column in braces, or {row}: \"{split}-{row}\"");
  }
}

void parse_kinds(YamlMap& map, Form& form) {
  for (auto& rule : map.children("kinds")) form.kinds.push_back(parse_kind_rule(std::move(rule)));
  if (form.kinds.empty()) map.complain("kinds", "'kinds' is missing", "add for example: kinds: [{kind: mcq}]");
  const bool mcq =
      std::any_of(form.kinds.begin(), form.kinds.end(), [](const KindRule& r) { return r.kind == Kind::mcq; });
  if (mcq && form.option_columns.empty()) {
    map.complain("options", "items of kind mcq need 'options'", "name the column or columns that hold them");
  }
}

/// Every column that a form reads must be there: a file of another benchmark must not be taken for this one.
void collect_required_columns(Form& form) {
  auto& required = form.required_columns;
  const auto add = [&required](const std::string& column) {
    if (!column.empty() && std::find(required.begin(), required.end(), column) == required.end()) {
      required.push_back(column);
    }
  };
  add(form.question_column);
  add(form.answer_column);
  for (const auto& column : form.images.columns) add(column);
  for (const auto& [split, match] : form.split_rows) add(match.column);
  for (const auto& [name, match] : form.subsets) add(match.column);
  for (const auto& rule : form.kinds) {
    if (rule.when) add(rule.when->column);
  }
  add(form.capability_column);
}

Form parse_form(YamlMap map) {
  map.allow_only({"name", "title", "format", "files", "splits", "requires", "id", "question", "answer", "images",
                  "options", "kinds", "subsets", "strata", "capability", "expect"});
  Form form;
  form.name = map.name("name");
  form.title = map.text_or("title", form.name);
  form.format = map.text("format");
  if (std::find(kFormats.begin(), kFormats.end(), form.format) == kFormats.end()) {
    map.complain("format", fmt::format("unknown format '{}'", form.format), "known: parquet, json, jsonl, csv, tsv");
  }
  parse_files(map, form);
  form.required_columns = map.texts("requires");
  parse_id(map, form);
  form.question_column = map.text("question");
  parse_answer(map, form);
  parse_images(map, form);
  form.option_columns = map.texts("options");
  parse_kinds(map, form);
  form.subsets = parse_matches(map, "subsets");
  form.strata = map.text_map("strata");
  parse_capability(map, form);
  if (map.has("expect")) {
    YamlMap expect = map.child("expect");
    for (const auto& split : expect.keys()) form.expect.emplace(split, parse_expectation(expect.child(split)));
  }
  collect_required_columns(form);
  return form;
}

}  // namespace

Result<Card> parse_card(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "citation", "licence", "url", "default_protocol", "default_split", "forms"});
  Card card;
  card.name = map.name("name");
  card.title = map.text_or("title", card.name);
  card.citation = map.text_or("citation", "");
  card.licence = map.text_or("licence", "");
  card.url = map.text_or("url", "");
  card.default_protocol = map.text_or("default_protocol", "paper");
  card.default_split = map.text_or("default_split", "test");
  for (auto& child : map.children("forms")) {
    Form form = parse_form(child);
    for (const auto& earlier : card.forms) {
      if (earlier.name == form.name) child.complain("name", fmt::format("there are two forms '{}'", form.name));
    }
    card.forms.push_back(std::move(form));
  }
  if (card.forms.empty()) map.complain("forms", "'forms' is missing", "say in which form the benchmark lies on disk");
  card.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return card;
}

}  // namespace osler
