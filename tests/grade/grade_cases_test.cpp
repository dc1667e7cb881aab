// Cases as data: every file in tests/grade/cases is a test, every case in it a failure of its own that names its line.
// The format is described at the top of cases/boxed_choice.yaml.

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "grade/support.h"

namespace osler::grade {
namespace {

namespace fs = std::filesystem;
using testing::marked;

struct Expected {
  Outcome outcome = Outcome::unparsed;
  std::string answer;
  std::string rule;
  std::optional<std::string> span_text;
  bool conflict = false;
};

struct Case {
  std::string name;
  int line = 0;
  Item item;
  Response response;
  AnswerSource source = AnswerSource::last_box;
  Expected expected;
};

void only_keys(const YAML::Node& map, const std::set<std::string>& allowed) {
  for (const auto& pair : map) {
    const auto key = pair.first.as<std::string>();
    if (!allowed.contains(key)) throw std::runtime_error("unknown key \"" + key + "\"");
  }
}

template <class T>
T known(std::optional<T> value, const std::string& name) {
  if (!value) throw std::runtime_error("unknown name \"" + name + "\"");
  return *value;
}

std::string text_of(const YAML::Node& node, const std::string& key) {
  if (!node[key]) throw std::runtime_error("\"" + key + "\" is missing");
  return node[key].as<std::string>();
}

AnswerSource source_of(const std::string& name) {
  if (const auto source = answer_source_from(name)) return *source;
  throw std::runtime_error("unknown source \"" + name + "\"");
}

/// Gold is a letter for mcq, yes or no for yes_no, a text for open.
void set_gold(Item& item, const std::string& gold) {
  item.gold = gold;
  if (item.kind == Kind::open) return;
  std::size_t option = item.options.size();
  if (item.kind == Kind::mcq && gold.size() == 1 && gold[0] >= 'A') option = static_cast<std::size_t>(gold[0] - 'A');
  if (item.kind == Kind::yes_no) {
    option = static_cast<std::size_t>(std::ranges::find(item.options, gold) - item.options.begin());
  }
  if (option >= item.options.size()) throw std::runtime_error("gold \"" + gold + "\" names no option");
  item.gold_option = option;
  item.gold = item.options[option];
}

Expected read_expected(const YAML::Node& node) {
  only_keys(node, {"outcome", "answer", "rule", "span_text", "conflict"});
  Expected expected;
  expected.outcome = known(outcome_from(text_of(node, "outcome")), text_of(node, "outcome"));
  expected.rule = text_of(node, "rule");
  if (node["answer"]) expected.answer = node["answer"].as<std::string>();
  if (node["span_text"]) expected.span_text = node["span_text"].as<std::string>();
  if (node["conflict"]) expected.conflict = node["conflict"].as<bool>();
  return expected;
}

Case read_case(const YAML::Node& node) {
  only_keys(node, {"name", "kind", "question", "options", "gold", "response", "finish", "source", "expect"});
  Case one;
  one.name = text_of(node, "name");
  one.line = node.Mark().line + 1;
  one.item.id = one.name;
  one.item.kind = known(kind_from(text_of(node, "kind")), text_of(node, "kind"));
  one.item.question = node["question"] ? node["question"].as<std::string>() : "Which of these is it?";
  if (node["options"]) one.item.options = node["options"].as<std::vector<std::string>>();
  if (one.item.kind == Kind::yes_no && one.item.options.empty()) one.item.options = {"yes", "no"};
  set_gold(one.item, text_of(node, "gold"));
  one.response.text = text_of(node, "response");
  const auto finish = node["finish"] ? node["finish"].as<std::string>() : "stop";
  one.response.finish = known(finish_reason_from(finish), finish);
  if (node["source"]) one.source = source_of(node["source"].as<std::string>());
  if (!node["expect"]) throw std::runtime_error("\"expect\" is missing");
  one.expected = read_expected(node["expect"]);
  return one;
}

/// What differs, one line each; empty if the grade is the expected one.
std::string difference(const Case& one, const Grade& grade) {
  std::string out;
  const auto compare = [&](std::string_view what, const std::string& expected, const std::string& actual) {
    if (expected != actual)
      out += "\n  " + std::string(what) + ": expected \"" + expected + "\", is \"" + actual + "\"";
  };
  compare("outcome", std::string(name_of(one.expected.outcome)), std::string(name_of(grade.outcome)));
  compare("answer", one.expected.answer, grade.answer);
  compare("rule", one.expected.rule, grade.rule);
  compare("conflict", one.expected.conflict ? "true" : "false", grade.conflict ? "true" : "false");
  if (one.expected.span_text) compare("span_text", *one.expected.span_text, marked(grade, one.response.text));
  compare("score", one.expected.outcome == Outcome::correct ? "1" : "0", grade.score == 1.0 ? "1" : "0");
  return out;
}

void check_file(const fs::path& file, std::set<std::string>& names) {
  const YAML::Node cases = YAML::LoadFile(file.string());
  if (!cases.IsSequence()) throw std::runtime_error("the file is not a list of cases");
  for (const auto& node : cases) {
    const int line = node.Mark().line + 1;
    try {
      const Case one = read_case(node);
      if (!names.insert(one.name).second) throw std::runtime_error("the name \"" + one.name + "\" is taken");
      const Grade grade = testing::grader_of(one.source).grade(one.item, one.response);
      if (const auto text = difference(one, grade); !text.empty()) {
        ADD_FAILURE_AT(file.c_str(), line)
            << "case \"" << one.name << "\"" << text << "\n  response: " << one.response.text;
      }
    } catch (const std::exception& problem) {
      ADD_FAILURE_AT(file.c_str(), line) << "not a case: " << problem.what();
    }
  }
}

std::vector<fs::path> case_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(OSLER_SOURCE_DIR) / "tests/grade/cases")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

class GradeCases : public ::testing::TestWithParam<fs::path> {};

TEST_P(GradeCases, EveryCaseGetsItsGrade) {
  std::set<std::string> names;
  ASSERT_NO_THROW(check_file(GetParam(), names));
  RecordProperty("cases", static_cast<int>(names.size()));
  EXPECT_FALSE(names.empty());
}

INSTANTIATE_TEST_SUITE_P(Files, GradeCases, ::testing::ValuesIn(case_files()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST(GradeCaseFormat, UnknownKeysAreErrors) {
  const auto node =
      YAML::Load("{name: a, kind: open, gold: x, respose: x, expect: {outcome: correct, rule: open_text}}");
  EXPECT_THROW((void)read_case(node), std::runtime_error);
  const auto expect = YAML::Load("{outcome: correct, rule: open_text, ruel: x}");
  EXPECT_THROW((void)read_expected(expect), std::runtime_error);
}

}  // namespace
}  // namespace osler::grade
