#include "osler/run/grading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "osler/run/journal.h"
#include "osler/storage/response_json.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A run whose files are written by the tests: no engine has been there.
class GradingTest : public testing::Test {
 protected:
  void SetUp() override {
    Manifest manifest;
    manifest.model = "actor";
    manifest.benchmark = "made-up";
    ASSERT_TRUE(write_manifest(folder_.path(), manifest).has_value());
  }

  /// Of three items one is open. The right answers are B and "left lung".
  static std::vector<Item> made_items(std::size_t count) {
    std::vector<Item> items(count);
    for (std::size_t i = 0; i < count; ++i) {
      Item& item = items[i];
      item.id = "item " + std::to_string(i);
      item.question = "What is seen in picture " + std::to_string(i) + "?";
      item.kind = i % 3 == 0 ? Kind::open : Kind::mcq;
      item.gold = i % 3 == 0 ? "left lung" : "a nodule";
      if (item.kind == Kind::mcq) item.options = {"a fracture", "a nodule"};
      if (item.kind == Kind::mcq) item.gold_option = 1;
      item.strata = {{"organ", std::to_string(i % 4)}};
    }
    return items;
  }

  static std::string line(const std::string& id, const std::string& text) {
    Response response;
    response.item_id = id;
    response.text = text;
    response.prompt_hash = "prompt of " + text.substr(text.size() - std::min<std::size_t>(text.size(), 12));
    return dump_json(response_to_json(response)) + "\n";
  }

  void write_journal(const std::string& lines) const { write(folder_.path() / "responses.jsonl", lines); }

  [[nodiscard]] Result<std::uint64_t> grade(unsigned threads) const {
    const auto protocol = find_protocol("paper");
    return grade_run(folder_.path(), *protocol, *make_grader(*protocol), threads);
  }

  [[nodiscard]] std::vector<std::string> query(const std::string& sql) const {
    return query_grades(folder_.path(), sql);
  }

  TemporaryFolder folder_;
};

TEST_F(GradingTest, TheGradesDoNotDependOnTheNumberOfThreads) {
  const auto items = made_items(4000);
  ASSERT_TRUE(write_items(folder_.path(), items).has_value());
  std::mt19937 random(11);
  std::string journal;
  for (std::size_t i = 0; i < 9000; ++i) {
    // Of many blocks, out of order, with items that were asked again and some that never were.
    const std::string id = "item " + std::to_string(random() % items.size());
    const std::string answer = random() % 3 == 0 ? "left lung" : std::string(1, static_cast<char>('A' + random() % 2));
    journal += line(id, std::string(random() % 400, '.') + "\n\\boxed{" + answer + "}");
  }
  write_journal(journal);
  ASSERT_EQ(grade(1).value_or(0), read_responses(folder_.path())->size());
  const auto once = all_grades(folder_.path());
  ASSERT_LT(once.size(), items.size());
  for (const unsigned threads : {2U, 3U, 8U}) {
    ASSERT_TRUE(grade(threads).has_value());
    ASSERT_EQ(all_grades(folder_.path()), once) << threads;
  }
  const auto responses = read_responses(folder_.path());
  const auto protocol = find_protocol("paper");
  for (const unsigned threads : {1U, 4U}) {
    const auto rows = grade_all(items, *responses, *make_grader(*protocol), threads);
    ASSERT_TRUE(write_grades(folder_.path(), *read_manifest(folder_.path()), "paper", rows).has_value());
    ASSERT_EQ(all_grades(folder_.path()), once) << "graded as a run grades that has just ended";
  }
}

TEST_F(GradingTest, TheLaterLineCountsAndWhatWasNotAskedIsLeftOut) {
  ASSERT_TRUE(write_items(folder_.path(), made_items(3)).has_value());
  const std::string right = "\\boxed{B}";
  write_journal(line("item 2", right) + line("item 1", "\\boxed{A}") + line("nobody", right) + "\n" +
                line("item 2", "\\boxed{A}") + line("item 1", right) + "{\"id\":\"item 0\",\"text\":\"torn");
  ASSERT_EQ(grade(4).value_or(0), 2U);
  EXPECT_EQ(
      query("SELECT item_id, outcome, prompt_hash FROM grades"),
      (std::vector<std::string>{"item 1 | correct | prompt of \\boxed{B}", "item 2 | wrong | prompt of \\boxed{A}"}));
}

TEST_F(GradingTest, AnItemThatStandsTwiceHasTwoRows) {
  auto items = made_items(3);
  for (auto& item : items) item.id = "the same";
  ASSERT_TRUE(write_items(folder_.path(), items).has_value());
  write_journal(line("the same", "\\boxed{B}"));
  ASSERT_EQ(grade(2).value_or(0), 3U);
  EXPECT_EQ(query("SELECT outcome FROM grades"), (std::vector<std::string>{"wrong", "correct", "correct"}));
}

TEST_F(GradingTest, TheFirstBadLineIsNamedAndTheGradesStay) {
  ASSERT_TRUE(write_items(folder_.path(), made_items(2)).has_value());
  write_journal(line("item 0", "\\boxed{B}"));
  ASSERT_TRUE(grade(1).has_value());
  const std::string before = read(folder_.path() / "grades.parquet");
  std::string journal;
  for (int i = 1; i <= 2000; ++i) {
    journal += i == 900 || i == 1500 ? "{\"id\":\"item 1\"}\n" : line("item 0", std::string(500, '.'));
  }
  write_journal(journal);
  for (const unsigned threads : {1U, 4U}) {
    const auto graded = grade(threads);
    ASSERT_FALSE(graded.has_value());
    EXPECT_EQ(graded.error().where.line.value_or(0), 900U);
    EXPECT_THAT(graded.error().message(), HasSubstr("has no 'text'"));
    EXPECT_THAT(graded.error().message(), HasSubstr("responses.jsonl"));
  }
  EXPECT_EQ(read(folder_.path() / "grades.parquet"), before);
}

}  // namespace
}  // namespace osler::test
