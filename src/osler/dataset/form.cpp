#include "osler/dataset/form.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "osler/dataset/text.h"

namespace osler {
namespace {

constexpr std::array<std::string_view, 5> kFormats{"parquet", "json", "jsonl", "csv", "tsv"};

std::string folded(const std::string& value) { return to_lower(trim(value)); }

std::vector<std::string> folded(std::vector<std::string> values) {
  for (auto& value : values) value = to_lower(trim(value));
  return values;
}

/// The keys of a condition, which may stand among others.
Match read_match(YamlMap& map) {
  Match match{map.text("column"), folded(map.texts("in")), map.texts("prefix")};
  for (auto& prefix : match.prefixes) prefix = to_lower(prefix);
  const bool says_nothing =
      match.prefixes.empty() || std::find(match.prefixes.begin(), match.prefixes.end(), "") != match.prefixes.end();
  if (match.values.empty() && says_nothing) {
    map.complain("column", "a condition needs 'in' or 'prefix'", "for example: {column: answer, in: [yes, no]}");
  }
  return match;
}

Match parse_match(YamlMap map) {
  map.allow_only({"column", "in", "prefix"});
  return read_match(map);
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

void parse_recognition(YamlMap& map, Form& form) {
  if (!map.has("recognise")) return;
  YamlMap recognise = map.child("recognise");
  recognise.allow_only({"column", "in", "prefix", "otherwise"});
  form.recognition = Recognition{read_match(recognise), recognise.text("otherwise")};
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

std::optional<std::uint64_t> parse_count(YamlMap& map, const std::string& key) {
  return map.has(key) ? std::optional(map.count_or(key, 0)) : std::nullopt;
}

Expectation parse_expectation(YamlMap map) {
  map.allow_only({"items", "kinds", "subsets", "gold_letters", "capabilities", "images", "distinct_images"});
  Expectation expect;
  expect.items = parse_count(map, "items");
  expect.images = parse_count(map, "images");
  expect.distinct_images = parse_count(map, "distinct_images");
  expect.kinds = parse_counts(map, "kinds");
  for (const auto& [name, count] : expect.kinds) {
    if (!kind_from(name)) map.complain("kinds", fmt::format("unknown kind '{}'", name), "known: mcq, yes_no, open");
  }
  expect.capabilities = parse_counts(map, "capabilities");
  for (const auto& [name, count] : expect.capabilities) {
    if (!capability_from(name)) {
      map.complain("capabilities", fmt::format("unknown capability '{}'", name), "known: understanding, reasoning");
    }
  }
  expect.subsets = parse_counts(map, "subsets");
  expect.gold_letters = parse_counts(map, "gold_letters");
  return expect;
}

void parse_question(YamlMap& map, Form& form) {
  if (!map.is_map("question")) {
    form.question.column = map.text("question");
    return;
  }
  YamlMap question = map.child("question");
  question.allow_only({"column", "until"});
  form.question = {question.text("column"), question.text_or("until", "")};
}

void parse_answer(YamlMap& map, Form& form) {
  YamlMap answer = map.child("answer", "for example: answer: {column: answer}");
  answer.allow_only({"column", "is", "yes", "no"});
  form.answer.column = answer.text("column");
  const std::string is = answer.text_or("is", "text");
  if (is == "letter") {
    form.answer.form = AnswerForm::letter;
  } else if (is != "text") {
    answer.complain("is", fmt::format("an answer cannot be '{}'", is), "known: text, letter");
  }
  form.answer.yes = answer.has("yes") ? folded(answer.texts("yes")) : std::vector<std::string>{"yes"};
  form.answer.no = answer.has("no") ? folded(answer.texts("no")) : std::vector<std::string>{"no"};
}

void parse_images(YamlMap& map, Form& form) {
  if (!map.has("images")) return;
  YamlMap images = map.child("images", "for example: images: {columns: [image], folders: [images]}");
  images.allow_only({"columns", "folders", "extension", "base64", "marked"});
  form.images.columns = images.texts("columns");
  form.images.folders = images.texts("folders");
  if (form.images.folders.empty()) form.images.folders = {"."};
  form.images.extension = images.text_or("extension", "");
  form.images.base64 = images.flag_or("base64", false);
  form.images.marked = images.flag_or("marked", false);
  if (form.images.base64 && form.format == "parquet") {
    images.complain("base64", "parquet files hold images as bytes, not as base64", "leave this line out");
  }
}

void parse_options(YamlMap& map, Form& form) {
  if (!map.is_map("options")) {
    form.options.columns = map.texts("options");
    return;
  }
  YamlMap options = map.child("options");
  options.allow_only({"columns", "strip_letters", "from", "listed", "add_gold"});
  form.options.columns = options.texts("columns");
  form.options.strip_letters = options.flag_or("strip_letters", false);
  form.options.add_gold = options.flag_or("add_gold", false);
  const std::string from = options.text_or("from", "");
  form.options.from_question = from == "question";
  if (!from.empty() && !form.options.from_question) {
    options.complain("from", fmt::format("options cannot come from '{}'", from), "known: question; or use 'columns'");
  }
  if (!options.has("listed")) return;
  YamlMap listed = options.child("listed");
  for (const auto& question : listed.keys()) {
    auto choices = listed.texts(question);
    if (choices.size() < 2) listed.complain(question, "a question needs at least two options");
    form.options.listed[question_key(question)] = std::move(choices);
  }
}

void parse_literals(YamlMap& map, Form& form) {
  for (const auto& [column, name] : map.text_map("literals")) {
    if (name == "json") {
      form.literals[column] = Literal::json;
    } else if (name == "python") {
      form.literals[column] = Literal::python;
    } else {
      map.complain("literals", fmt::format("unknown literal '{}'", name), "known: json, python");
    }
  }
}

StratumColumn parse_stratum(YamlMap map) {
  map.allow_only({"columns", "pattern", "values"});
  StratumColumn stratum{map.texts("columns"), nullptr, {}};
  if (stratum.columns.empty()) map.complain("columns", "a stratum needs 'columns'", "name at least one");
  if (map.has("pattern")) {
    auto pattern = std::make_shared<const re2::RE2>(map.text("pattern"), re2::RE2::Quiet);
    if (pattern->ok() && pattern->NumberOfCapturingGroups() == 1) {
      stratum.pattern = std::move(pattern);
    } else {
      map.complain("pattern", fmt::format("'{}' is not a pattern with one group in parentheses", pattern->pattern()),
                   "for example: \"^test_(.+)_[0-9]+$\"");
    }
  }
  for (auto& [value, word] : map.text_map("values")) stratum.values[folded(value)] = word;
  return stratum;
}

void parse_strata(YamlMap& map, Form& form) {
  if (!map.has("strata")) return;
  YamlMap strata = map.child("strata", "for example: strata: {modality: modality}");
  for (const auto& name : strata.keys()) {
    strata.check_name(name, name);
    form.strata[name] =
        strata.is_map(name) ? parse_stratum(strata.child(name)) : StratumColumn{{strata.text(name)}, nullptr, {}};
  }
}

void parse_capability(YamlMap& map, Form& form) {
  if (!map.has("capability")) return;
  YamlMap capability = map.child(
      "capability", "for example: capability: {column: level, understanding: [recall], reasoning: [reasoning]}");
  capability.allow_only({"column", "understanding", "reasoning"});
  form.capability_column = capability.text("column");
  for (const auto& value : folded(capability.texts("understanding"))) form.capability_values[value] = "understanding";
  for (const auto& value : folded(capability.texts("reasoning"))) form.capability_values[value] = "reasoning";
}

void parse_hub(YamlMap& map, Form& form) {
  if (!map.has("hub")) return;
  YamlMap hub = map.child("hub");
  hub.allow_only({"repo", "revision", "files"});
  form.hub = {hub.text("repo"), hub.text_or("revision", "main"), hub.texts("files")};
  if (form.hub.files.empty())
    hub.complain("files", "'files' names no file", "for example: files: [\"data/*.parquet\"]");
}

void parse_files(YamlMap& map, Form& form) {
  YamlMap files = map.child("files", "for example: files: {test: [\"items.csv\"]}");
  for (const auto& split : files.keys()) {
    auto patterns = files.texts(split);
    if (split != "*") files.check_name(split, split);
    if (patterns.empty() || std::find(patterns.begin(), patterns.end(), "") != patterns.end()) {
      files.complain(split, fmt::format("the split '{}' names no file", split), "for example: test: [\"test.json\"]");
    }
    form.files[split] = std::move(patterns);
  }
  form.archives = map.texts("archives");
  form.split_rows = parse_matches(map, "splits");
  if (map.has("where")) form.where = parse_match(map.child("where"));
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
  for (auto& rule : map.children("kinds", "for example: kinds: [{kind: mcq}]"))
    form.kinds.push_back(parse_kind_rule(std::move(rule)));
  if (form.kinds.empty()) map.complain("kinds", "'kinds' is missing", "add for example: kinds: [{kind: mcq}]");
  const bool mcq =
      std::any_of(form.kinds.begin(), form.kinds.end(), [](const KindRule& r) { return r.kind == Kind::mcq; });
  if (mcq && !form.options.any()) {
    map.complain("options", "items of kind mcq need 'options'", "name the column or columns that hold them");
  }
}

/// Every column that a form reads must be there, unless the card says otherwise: a file of another benchmark must not
/// be taken for this one. Of a way through objects the first step will do (see finder.cpp).
void collect_required_columns(Form& form) {
  auto& required = form.required_columns;
  const auto holds = [](const std::vector<std::string>& columns, const std::string& column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  const auto add = [&](const std::string& column) {
    if (!column.empty() && !holds(required, column) && !holds(form.optional_columns, column)) {
      required.push_back(column);
    }
  };
  add(form.question.column);
  add(form.answer.column);
  for (const auto& column : form.images.columns) add(column);
  for (const auto& [split, match] : form.split_rows) add(match.column);
  for (const auto& [name, match] : form.subsets) add(match.column);
  for (const auto& rule : form.kinds) {
    if (rule.when) add(rule.when->column);
  }
  if (form.where) add(form.where->column);
  if (form.recognition) add(form.recognition->match.column);
  add(form.capability_column);
}

}  // namespace

Form parse_form(YamlMap map) {
  map.allow_only({"name",     "title",    "format",    "hub",      "files",      "archives", "splits", "where",
                  "requires", "optional", "recognise", "literals", "id",         "question", "answer", "images",
                  "options",  "kinds",    "subsets",   "strata",   "capability", "expect"});
  Form form;
  form.name = map.name("name");
  form.title = map.text_or("title", form.name);
  form.format = map.text("format");
  if (std::find(kFormats.begin(), kFormats.end(), form.format) == kFormats.end()) {
    map.complain("format", fmt::format("unknown format '{}'", form.format), "known: parquet, json, jsonl, csv, tsv");
  }
  parse_hub(map, form);
  parse_files(map, form);
  form.required_columns = map.texts("requires");
  form.optional_columns = map.texts("optional");
  parse_recognition(map, form);
  parse_literals(map, form);
  parse_id(map, form);
  parse_question(map, form);
  parse_answer(map, form);
  parse_images(map, form);
  parse_options(map, form);
  parse_kinds(map, form);
  form.subsets = parse_matches(map, "subsets");
  parse_strata(map, form);
  parse_capability(map, form);
  if (map.has("expect")) {
    YamlMap expect = map.child("expect");
    for (const auto& split : expect.keys()) form.expect.emplace(split, parse_expectation(expect.child(split)));
  }
  collect_required_columns(form);
  return form;
}

}  // namespace osler
