// What the tools themselves said to the same outputs, as tables: *_verdicts.yaml and probes.yaml beside this file.

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <stdexcept>

#include "grade/support.h"
#include "osler/grade/peers/evaluator.h"

namespace osler::grade {
namespace {

using testing::says;

struct Row {
  int line = 0;
  std::string output;
  std::vector<std::string> verdicts;
};

struct Table {
  Kind kind = Kind::mcq;
  std::vector<std::string> options;
  std::vector<std::string> golds;  ///< As the benchmark spells them.
  std::vector<std::string> evaluators;
  std::vector<Row> rows;
};

Table read_table(const YAML::Node& node) {
  Table table;
  if (node["kind"]) table.kind = kind_from(node["kind"].as<std::string>()).value();
  table.options =
      node["options"] ? node["options"].as<std::vector<std::string>>() : std::vector<std::string>{"yes", "no"};
  table.golds = node["gold"] ? node["gold"].as<std::vector<std::string>>() : table.options;
  table.evaluators = node["evaluators"].as<std::vector<std::string>>();
  for (const auto& row : node["rows"]) {
    table.rows.push_back(
        {row.Mark().line + 1, row["output"].as<std::string>(), row["verdicts"].as<std::vector<std::string>>()});
  }
  return table;
}

std::string answer_for(const Table& table, std::size_t option) {
  return table.kind == Kind::yes_no ? table.options[option] : std::string(1, option_letter(option));
}

/// What is wrong with the grade, or nothing.
std::string difference(const Table& table, const Grade& grade, std::size_t gold, const std::string& verdict) {
  const bool random = verdict == "random";
  const bool right = verdict == answer_for(table, gold);
  const double score = random ? 1.0 / static_cast<double>(table.options.size()) : right ? 1.0 : 0.0;
  if (grade.guessed != random) return random ? "should be a guess" : "is a guess";
  if (grade.score != score) return "has the score " + std::to_string(grade.score);
  if ((grade.outcome == Outcome::correct) != right) return std::string(name_of(grade.outcome));
  if (random) return grade.outcome == Outcome::unparsed && grade.answer.empty() ? "" : "a guess with an answer";
  if (verdict != "none") return grade.answer == verdict ? "" : "the answer is '" + grade.answer + "'";
  // The tables of yes/no questions name the gold answer that is credited: none may be an answer that is wrong.
  return table.kind == Kind::yes_no || grade.outcome == Outcome::unparsed ? "" : "the answer is '" + grade.answer + "'";
}

std::size_t check(const Table& table, const std::string& file) {
  std::size_t compared = 0;
  for (const auto& row : table.rows) {
    if (row.verdicts.size() != table.evaluators.size()) throw std::runtime_error("a verdict is missing");
    for (std::size_t column = 0; column < table.evaluators.size(); ++column) {
      const Evaluator* evaluator = find_evaluator(table.evaluators[column]);
      if (evaluator == nullptr) throw std::runtime_error("no evaluator " + table.evaluators[column]);
      for (std::size_t gold = 0; gold < table.golds.size(); ++gold) {
        Item item = testing::mcq(table.options, gold);
        item.kind = table.kind;
        item.gold = table.golds[gold];
        const Grade grade = evaluator->grade(item, says(row.output));
        ++compared;
        if (const auto problem = difference(table, grade, gold, row.verdicts[column]); !problem.empty()) {
          ADD_FAILURE_AT(file.c_str(), row.line)
              << evaluator->name << ", gold " << item.gold << ", output '" << row.output << "': expected "
              << row.verdicts[column] << "; " << problem << " (" << grade.rule << ")";
        }
      }
    }
  }
  return compared;
}

std::size_t check_file(const std::string& name) {
  const std::string file = std::string(OSLER_SOURCE_DIR "/tests/grade/peers/") + name;
  std::size_t compared = 0;
  for (const auto& table : YAML::LoadFile(file)) compared += check(read_table(table), file);
  return compared;
}

TEST(PeerVerdicts, OnChoicesEveryToolTakesWhatItTook) { EXPECT_EQ(check_file("choice_verdicts.yaml"), 60U * 5 * 5); }

TEST(PeerVerdicts, OnYesAndNoEveryToolTakesWhatItTook) { EXPECT_EQ(check_file("yes_no_verdicts.yaml"), 35U * 2 * 2); }

TEST(PeerVerdicts, OnProbesEveryToolTakesWhatItTook) { EXPECT_GT(check_file("probes.yaml"), 0U); }

/// "| `response` | B | guess |" as its cells, without the dress; the line end is a mark.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  const std::size_t end = line.find("` |", 3);
  std::string response = line.substr(3, end - 3);
  for (auto at = response.find("⏎"); at != std::string::npos; at = response.find("⏎")) response.replace(at, 3, "\n");
  cells.push_back(response);
  for (std::size_t at = end + 4; at < line.size();) {
    const std::size_t next = line.find(" |", at);
    const auto cell = line.substr(at, next - at);
    cells.push_back(cell == "–" ? "none" : cell == "guess" ? "random" : cell);
    at = next + 3;
  }
  return cells;
}

TEST(PeerVerdicts, OfTheDocumentationAreWhatIsComputed) {
  const std::string file = OSLER_SOURCE_DIR "/docs/peers.md";
  Table table = read_table(YAML::LoadFile(OSLER_SOURCE_DIR "/tests/grade/peers/choice_verdicts.yaml")[0]);
  table.evaluators = {"medevalkit", "mmmu-official", "medevalkit-mmmu", "vlmevalkit", "medxpertqa-official"};
  table.rows.clear();
  std::ifstream in(file);
  bool in_table = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("| response |")) in_table = true;
    if (line.empty()) in_table = false;
    if (!in_table || !line.starts_with("| `")) continue;
    auto cells = cells_of(line);
    table.rows.push_back({number, cells.front(), {cells.begin() + 1, cells.end()}});
  }
  EXPECT_EQ(table.rows.size(), 17U);
  EXPECT_EQ(check(table, file), 17U * 5 * 5);
}

}  // namespace
}  // namespace osler::grade
