#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/run/grades_file.h"
#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

class GradesTest : public testing::Test {
 protected:
  [[nodiscard]] RunSpec spec(std::size_t items) const {
    return spec_for(made_up_rows(items, folder_.path() / "images"), out());
  }
  [[nodiscard]] fs::path out() const { return folder_.path() / "run" / "it's here"; }
  [[nodiscard]] Lines query(const std::string& sql) const { return query_grades(out(), sql); }

  TemporaryFolder folder_;
  ScriptedEngine engine_;
};

TEST_F(GradesTest, TheColumnsAreThoseThatAreDocumented) {
  ASSERT_TRUE(run(spec(3), engine_).has_value());
  EXPECT_EQ(query("SELECT column_name || ' ' || column_type FROM (DESCRIBE grades)"),
            (Lines{"model VARCHAR",
                   "benchmark VARCHAR",
                   "row_set VARCHAR",
                   "protocol VARCHAR",
                   "graded_by VARCHAR",
                   "engine VARCHAR",
                   "item_id VARCHAR",
                   "image_cluster VARCHAR",
                   "kind VARCHAR",
                   "capability VARCHAR",
                   "capability_source VARCHAR",
                   "capability_probability DOUBLE",
                   "capability_predicted VARCHAR",
                   "gold VARCHAR",
                   "gold_option INTEGER",
                   "options INTEGER",
                   "answer VARCHAR",
                   "answer_option INTEGER",
                   "outcome VARCHAR",
                   "correct INTEGER",
                   "parsed INTEGER",
                   "score DOUBLE",
                   "rule VARCHAR",
                   "span_begin BIGINT",
                   "span_end BIGINT",
                   "conflict BOOLEAN",
                   "guessed BOOLEAN",
                   "answer_probability DOUBLE",
                   "finish VARCHAR",
                   "error VARCHAR",
                   "prompt_hash VARCHAR",
                   "prompt_tokens BIGINT",
                   "image_tokens BIGINT",
                   "completion_tokens BIGINT",
                   "prefill_ms DOUBLE",
                   "decode_ms DOUBLE",
                   "strata MAP(VARCHAR, VARCHAR)",
                   "token_f1 DOUBLE",
                   "token_recall DOUBLE",
                   "bleu_1 DOUBLE",
                   "rouge_l DOUBLE"}));
}

TEST_F(GradesTest, ARowSaysWhatBecameOfItsItem) {
  ASSERT_TRUE(run(spec(2), engine_).has_value());
  EXPECT_EQ(query("SELECT model, benchmark, row_set, protocol, graded_by, engine FROM grades LIMIT 1"),
            Lines{"actor | made-up | made-up:test (memory) | paper | paper | scripted"});
  EXPECT_EQ(query("SELECT kind, capability, capability_source, gold, gold_option, answer, answer_option, outcome, "
                  "correct, parsed, score, rule, conflict FROM grades"),
            (Lines{"mcq | reasoning | gold | a nodule | 1 | B | 1 | correct | 1 | 1 | 1.000000 | single_letter | false",
                   "mcq | understanding | gold | a fracture | 0 | B | 1 | wrong | 0 | 1 | 0.000000 | single_letter | "
                   "false"}));
  EXPECT_EQ(query("SELECT finish, error, prompt_hash, prompt_tokens, image_tokens, completion_tokens, prefill_ms, "
                  "decode_ms FROM grades LIMIT 1"),
            Lines{"stop |  | prompt of item 0 | 20 | 4 | 9 | 1.500000 | 2.500000"});
  const auto response = read_responses(out())->at("item 0");
  const auto begin = std::stoul(query("SELECT span_begin FROM grades")[0]);
  const auto end = std::stoul(query("SELECT span_end FROM grades")[0]);
  EXPECT_EQ(response.text.substr(begin, end - begin), "B");
}

TEST_F(GradesTest, TheQueryOfTheDesignWorksOverManyRuns) {
  ASSERT_TRUE(run(spec(12), engine_).has_value());
  auto second = spec(12);
  second.folder = folder_.path() / "run" / "second";
  ScriptedEngine other;
  other.facts_.model = "other";
  ASSERT_TRUE(run(second, other).has_value());
  auto files = (folder_.path() / "run" / "**" / "grades.parquet").string();
  EXPECT_EQ(query("SELECT capability, avg(correct), count(*) FROM '" + files + "' GROUP BY 1 ORDER BY 1"),
            (Lines{"reasoning | 0.500000 | 8", "understanding | 0.500000 | 16"}));
}

TEST_F(GradesTest, StrataAreAMap) {
  ASSERT_TRUE(run(spec(6), engine_).has_value());
  EXPECT_EQ(query("SELECT strata['modality'], avg(correct) FROM grades GROUP BY 1 ORDER BY 1"),
            (Lines{"CT | 1.000000", "MRI | 0.000000"}));
  EXPECT_EQ(query("SELECT count(strata['organ']) FROM grades"), Lines{"0"});
}

TEST_F(GradesTest, WhatIsNotKnownIsNull) {
  auto made = spec(2);
  made.rows.items[0].kind = Kind::open;
  made.rows.items[0].options.clear();
  made.rows.items[0].gold_option.reset();
  made.rows.items[0].capability = Capability::unlabeled;
  made.rows.items[0].strata.clear();
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id == "item 1") response.text = "I do not know.";
    return response;
  };
  ASSERT_TRUE(run(made, engine_).has_value());
  EXPECT_EQ(query("SELECT gold_option, answer_option, capability, capability_source, cardinality(strata) FROM grades "
                  "WHERE item_id = 'item 0'"),
            Lines{"NULL | NULL | unlabeled | none | 0"});
  EXPECT_EQ(query("SELECT answer, answer_option, span_begin, span_end, outcome, parsed FROM grades "
                  "WHERE item_id = 'item 1'"),
            Lines{" | NULL | NULL | NULL | unparsed | 0"});
}

TEST_F(GradesTest, OpenItemsHaveMetricsOfTheAnswerThatWasRead) {
  auto made = spec(3);
  for (const std::size_t open : {0U, 1U}) {
    made.rows.items[open].kind = Kind::open;
    made.rows.items[open].options.clear();
    made.rows.items[open].gold_option.reset();
    made.rows.items[open].gold = "left lung";
  }
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id == "item 0") response.text = "A lung it is: \\boxed{the lung}";
    if (request.item_id == "item 1") response.text = "It is the left lung.";
    return response;
  };
  ASSERT_TRUE(run(made, engine_).has_value());
  EXPECT_EQ(query("SELECT token_f1, token_recall, bleu_1, rouge_l FROM grades ORDER BY item_id"),
            (Lines{"0.666667 | 0.500000 | 0.500000 | 0.500000", "0.000000 | 0.000000 | 0.000000 | 0.000000",
                   "NULL | NULL | NULL | NULL"}));
  const auto grades = read_grades(out());
  ASSERT_TRUE(grades.has_value()) << grades.error().message();
  EXPECT_DOUBLE_EQ(grades->at(0).token_f1.value(), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(grades->at(0).token_recall.value(), 0.5);
  EXPECT_FALSE(grades->at(2).token_f1 || grades->at(2).token_recall);
}

TEST_F(GradesTest, AFileFromBeforeThereWereMetricsAndGuessesIsRead) {
  ASSERT_TRUE(run(spec(2), engine_).has_value());
  const auto path = out() / "grades.parquet";
  const auto older = folder_.path() / "older.parquet";
  static_cast<void>(
      query("COPY (SELECT * EXCLUDE (token_f1, token_recall, bleu_1, rouge_l, guessed, answer_probability, "
            "options) FROM grades) TO '" +
            older.string() + "' (FORMAT parquet)"));
  fs::rename(older, path);
  const auto grades = read_grades(out());
  ASSERT_TRUE(grades.has_value()) << grades.error().message();
  ASSERT_EQ(grades->size(), 2U);
  EXPECT_EQ(grades->front().item_id, "item 0");
  EXPECT_FALSE(grades->front().token_f1);
  EXPECT_FALSE(grades->front().guessed);
  EXPECT_FALSE(grades->front().options);
  EXPECT_FALSE(grades->front().probability);
  EXPECT_EQ(grades->front().score, 1.0);
}

TEST_F(GradesTest, AGuessAndItsExpectationAreKept) {
  const auto rows = made_up_rows(2, folder_.path() / "images");
  const std::vector<Response> responses(2);
  std::vector<GradedResponse> graded{{&rows.items[0], &responses[0], {}, {}}, {&rows.items[1], &responses[1], {}, {}}};
  graded[1].grade.guessed = true;
  graded[1].grade.score = 0.25;
  fs::create_directories(out());
  ASSERT_TRUE(write_grades(out(), {}, "another tool's", graded).has_value());
  EXPECT_EQ(query("SELECT guessed, score FROM grades"), (Lines{"false | 0.000000", "true | 0.250000"}));
  const auto grades = read_grades(out());
  ASSERT_TRUE(grades.has_value()) << grades.error().message();
  EXPECT_FALSE(grades->at(0).guessed);
  EXPECT_TRUE(grades->at(1).guessed);
  EXPECT_EQ(grades->at(1).score, 0.25);
}

TEST_F(GradesTest, AScoreThatIsNoShareIsRefused) {
  for (const auto* score : {"5.0", "-0.5", "'nan'::DOUBLE", "'inf'::DOUBLE"}) {
    fs::remove_all(out());
    ASSERT_TRUE(run(spec(2), engine_).has_value());
    const auto other = folder_.path() / "other.parquet";
    static_cast<void>(query(std::string("COPY (SELECT * REPLACE (") + score + " AS score) FROM grades) TO '" +
                            other.string() + "' (FORMAT parquet)"));
    fs::rename(other, out() / "grades.parquet");
    const auto grades = read_grades(out());
    ASSERT_FALSE(grades.has_value()) << score;
    EXPECT_THAT(grades.error().what, testing::HasSubstr("a score outside of 0 to 1"));
  }
}

TEST_F(GradesTest, AnswersThatAreNotUtf8AreWrittenReadablyAndKeptExactly) {
  auto made = spec(1);
  made.rows.items[0].kind = Kind::open;
  made.rows.items[0].options.clear();
  made.rows.items[0].gold_option.reset();
  const std::string text("so \\boxed{left \xFF\xC3 lung}", 23);
  engine_.reply = [&](const Request& request) {
    auto response = boxed_b(request);
    response.text = text;
    return response;
  };
  const auto totals = run(made, engine_);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_THAT(query("SELECT answer FROM grades")[0], HasSubstr("\xEF\xBF\xBD"));
  EXPECT_EQ(read_responses(out())->at("item 0").text, text);
  const auto begin = std::stoul(query("SELECT span_begin FROM grades")[0]);
  const auto end = std::stoul(query("SELECT span_end FROM grades")[0]);
  EXPECT_EQ(text.substr(begin, end - begin), "left \xFF\xC3 lung") << "spans count the bytes of the untouched text";
  EXPECT_TRUE(read_grades(out()).has_value());
}

TEST_F(GradesTest, HostileIdsAndNamesComeBackAsTheyAre) {
  const std::vector<std::string> hostile = {"it's; DROP TABLE grades; --",
                                            "line\nend\r\n",
                                            std::string("nul\0byte", 8),
                                            "quote \" back\\slash",
                                            "../../etc/passwd",
                                            "\xE2\x80\xAE"
                                            "rtl",
                                            "",
                                            std::string(5000, 'x')};
  auto made = spec(hostile.size());
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    made.rows.items[i].id = hostile[i];
    made.rows.items[i].strata = {{hostile[i], hostile[i]}, {"plain", "value"}};
    made.rows.items[i].gold = hostile[i];
  }
  const auto totals = run(made, engine_);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  const auto grades = read_grades(out());
  ASSERT_TRUE(grades.has_value()) << grades.error().message();
  ASSERT_EQ(grades->size(), hostile.size());
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    EXPECT_EQ((*grades)[i].item_id, hostile[i]);
    EXPECT_EQ((*grades)[i].strata, made.rows.items[i].strata) << testing::PrintToString(hostile[i].substr(0, 40));
  }
  ScriptedEngine second;
  ASSERT_TRUE(run(made, second).has_value());
  EXPECT_TRUE(second.asked.empty()) << "they are found again in the journal";
}

TEST_F(GradesTest, ReadingWhatIsNotThereOrCutShortNamesTheFileAndTheWayOut) {
  EXPECT_EQ(read_grades(folder_.path()).error().code, ErrorCode::not_found);
  ASSERT_TRUE(run(spec(50), engine_).has_value());
  const auto path = out() / "grades.parquet";
  const std::string whole = read(path);
  for (const std::size_t keep : {std::size_t{0}, std::size_t{4}, std::size_t{8}, std::size_t{100}, whole.size() / 2,
                                 whole.size() - 9, whole.size() - 1}) {
    write(path, whole.substr(0, keep));
    const auto grades = read_grades(out());
    ASSERT_FALSE(grades.has_value()) << keep;
    EXPECT_EQ(grades.error().where.file, path.string());
    EXPECT_THAT(grades.error().message(), HasSubstr("osler grade"));
    EXPECT_EQ(grades.error().message().find('\n'), std::string::npos);
  }
}

TEST_F(GradesTest, AParquetOfSomethingElseIsNamed) {
  ASSERT_TRUE(run(spec(2), engine_).has_value());
  const auto path = (out() / "grades.parquet").string();
  std::string quoted;
  for (const char c : path) quoted += c == '\'' ? "''" : std::string(1, c);
  static_cast<void>(query("COPY (SELECT 1 AS x) TO '" + quoted + "' (FORMAT parquet)"));
  EXPECT_THAT(read_grades(out()).error().message(), HasSubstr("not a readable grades file"));
}

}  // namespace
}  // namespace osler::test
