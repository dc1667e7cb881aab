#include "osler/run/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "osler/run/grades_file.h"
#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RunnerTest : public testing::Test {
 protected:
  [[nodiscard]] RunSpec spec(std::size_t items) const {
    return spec_for(made_up_rows(items, folder_.path() / "images"), out());
  }
  [[nodiscard]] fs::path out() const { return folder_.path() / "runs" / "actor" / "made-up" / "paper"; }

  TemporaryFolder folder_;
  ScriptedEngine engine_;
};

TEST_F(RunnerTest, ACompleteRunWritesItsFiveFiles) {
  Watcher watcher;
  const auto totals = run(spec(10), engine_, watcher);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(totals->total, 10U);
  EXPECT_EQ(totals->kept, 0U);
  EXPECT_EQ(totals->answered, 10U);
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(out())) files.insert(entry.path().filename().string());
  EXPECT_EQ(files, (std::set<std::string>{"manifest.json", "protocol.yaml", "items.jsonl", "responses.jsonl",
                                          "grades.parquet"}));

  const auto manifest = read_manifest(out());
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->items, 10U);
  EXPECT_EQ(manifest->answered, 10U);
  EXPECT_EQ(manifest->model, "actor");
  EXPECT_FALSE(manifest->finished.empty());
  EXPECT_EQ(read_items(out())->size(), 10U);
  EXPECT_EQ(read_responses(out())->size(), 10U);
  EXPECT_EQ(query_grades(out(), "SELECT outcome, count(*) FROM grades GROUP BY 1 ORDER BY 1"),
            (std::vector<std::string>{"correct | 5", "wrong | 5"}));
  ASSERT_EQ(watcher.progress.size(), 10U);
  EXPECT_EQ(watcher.progress.front(), (std::pair<std::uint64_t, std::uint64_t>{1, 10}));
  EXPECT_EQ(watcher.progress.back(), (std::pair<std::uint64_t, std::uint64_t>{10, 10}));
  EXPECT_EQ(watcher.outcomes[0], Outcome::correct);
  EXPECT_EQ(watcher.outcomes[1], Outcome::wrong);
}

TEST_F(RunnerTest, AnswersOutOfOrderGiveTheSameGrades) {
  ASSERT_TRUE(run(spec(11), engine_).has_value());
  const auto in_order = all_grades(out());
  fs::remove_all(out());
  ScriptedEngine jumbled;
  jumbled.window = 4;
  Watcher watcher;
  ASSERT_TRUE(run(spec(11), jumbled, watcher).has_value());
  EXPECT_NE(watcher.ids, jumbled.asked);
  EXPECT_EQ(all_grades(out()), in_order);
}

TEST_F(RunnerTest, ItemsOfOnePictureFollowOneAnotherForAnEngineThatGainsFromIt) {
  RunSpec mixed = spec(6);
  std::swap(mixed.rows.items[1], mixed.rows.items[4]);
  Watcher watcher;
  ASSERT_TRUE(run(mixed, engine_, watcher).has_value());
  EXPECT_EQ(engine_.asked, (std::vector<std::string>{"item 0", "item 2", "item 1", "item 4", "item 3", "item 5"}));
  ASSERT_EQ(watcher.arranged.size(), 6U);
  EXPECT_EQ(watcher.arranged.back(), (std::pair<std::uint64_t, std::uint64_t>{6, 6}));
  fs::remove_all(out());
  ScriptedEngine blind;
  blind.wants_order = false;
  Watcher unmoved;
  ASSERT_TRUE(run(mixed, blind, unmoved).has_value());
  EXPECT_EQ(blind.asked, (std::vector<std::string>{"item 0", "item 4", "item 2", "item 3", "item 1", "item 5"}));
  EXPECT_TRUE(unmoved.arranged.empty()) << "the pictures are not looked at for nothing";
}

TEST_F(RunnerTest, AnEngineThatBreaksDownLeavesWhatItAnsweredGraded) {
  engine_.fail_after = 4;
  engine_.window = 2;
  const auto totals = run(spec(10), engine_);
  ASSERT_FALSE(totals.has_value());
  EXPECT_THAT(totals.error().message(), HasSubstr("the actor has fainted; call a doctor"));
  EXPECT_EQ(read_responses(out())->size(), 4U);
  EXPECT_EQ(outcomes(out()).size(), 4U);
  EXPECT_EQ(read_manifest(out())->answered, 4U);
  EXPECT_TRUE(read_manifest(out())->finished.empty());
}

TEST_F(RunnerTest, AnEngineThatLosesARequestIsNotBelievedToBeDone) {
  class Forgetful : public ScriptedEngine {
   public:
    Status answer(RequestSource& source, ResponseSink& sink, std::stop_token) override {
      while (auto request = source.next()) {
        if (request->item_id == "item 2") continue;
        if (auto status = sink.accept(boxed_b(*request)); !status) return status;
      }
      return {};
    }
  } forgetful;
  const auto totals = run(spec(5), forgetful);
  ASSERT_FALSE(totals.has_value());
  EXPECT_EQ(totals.error().code, ErrorCode::engine);
  EXPECT_THAT(totals.error().message(), HasSubstr("1 of the items"));
  EXPECT_EQ(outcomes(out()).size(), 4U);
}

TEST_F(RunnerTest, AnAnswerThatNobodyAskedForEndsTheRun) {
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id == "item 3") response.item_id = "item 999";
    return response;
  };
  const auto totals = run(spec(6), engine_);
  ASSERT_FALSE(totals.has_value());
  EXPECT_THAT(totals.error().message(), HasSubstr("'item 999', which was not asked"));
  EXPECT_EQ(read_responses(out())->size(), 3U);
}

TEST_F(RunnerTest, EngineErrorsAreOutcomesAndTheRunGoesOn) {
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id != "item 1") return response;
    response.finish = FinishReason::error;
    response.error = "the prompt has 9 tokens and the context room for 8";
    response.text = "";
    return response;
  };
  const auto totals = run(spec(4), engine_);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(outcomes(out()).at("item 1"), "error");
  EXPECT_EQ(query_grades(out(), "SELECT error FROM grades WHERE item_id = 'item 1'").at(0),
            "the prompt has 9 tokens and the context room for 8");
}

TEST_F(RunnerTest, AMissingOrBrokenImageIsAnErrorOfItsItemsAndNamesTheFile) {
  auto made = spec(12);
  const auto images = folder_.path() / "images";
  fs::remove(images / "scan-0.png");
  write(images / "scan-1.png", "not a picture");
  write(images / "scan-2.png", read(images / "scan-2.png").substr(0, 60));
  const auto totals = run(made, engine_);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(totals->answered, 12U);
  EXPECT_EQ(engine_.asked, (std::vector<std::string>{"item 9", "item 10", "item 11"}));
  EXPECT_EQ(query_grades(out(), "SELECT outcome, count(*) FROM grades GROUP BY 1 ORDER BY 1"),
            (std::vector<std::string>{"correct | 1", "error | 9", "wrong | 2"}));
  for (std::size_t i = 0; i < 9; ++i) {
    const auto error =
        query_grades(out(), "SELECT error FROM grades WHERE item_id = 'item " + std::to_string(i) + "'").at(0);
    EXPECT_THAT(error, HasSubstr("scan-" + std::to_string(i / 3) + ".png"));
  }
  EXPECT_EQ(query_grades(out(), "SELECT count(DISTINCT image_cluster) FROM grades"), (std::vector<std::string>{"4"}));
}

TEST_F(RunnerTest, ABrokenSecondImageNamesItselfAndNotTheFirst) {
  auto made = spec(1);
  made.rows.items[0].images.push_back({"gone.png", folder_.path() / "images" / "gone.png", {}});
  ASSERT_TRUE(run(made, engine_).has_value());
  EXPECT_THAT(query_grades(out(), "SELECT error FROM grades").at(0), HasSubstr("gone.png"));
}

TEST_F(RunnerTest, APictureAboveTheLimitIsAnErrorOfItsItem) {
  auto made = spec(2);
  made.image_limits.max_pixels = 15;
  ASSERT_TRUE(run(made, engine_).has_value());
  EXPECT_EQ(outcomes(out()).at("item 0"), "error");
  EXPECT_EQ(read_manifest(out())->details.at("max_pixels"), "15");
}

TEST_F(RunnerTest, EqualPixelsAreOneClusterWhateverTheirFilesAreCalled) {
  auto made = spec(9);
  const auto images = folder_.path() / "images";
  write_png(images / "scan-0.png", 77);
  write_png(images / "scan-1.png", 77);
  write_bmp(images / "scan-2.png", 77);
  made.rows.items.push_back(made.rows.items[0]);
  made.rows.items.back().id = "two images";
  made.rows.items.back().images.push_back(made.rows.items[3].images[0]);
  made.rows.items.push_back(made.rows.items[0]);
  made.rows.items.back().id = "no image";
  made.rows.items.back().images.clear();
  made.rows.items.push_back(made.rows.items.back());
  made.rows.items.back().id = "no image either";
  ASSERT_TRUE(run(made, engine_).has_value());
  EXPECT_EQ(query_grades(out(), "SELECT count(DISTINCT image_cluster) FROM grades WHERE item_id LIKE 'item %'"),
            (std::vector<std::string>{"1"}));
  EXPECT_EQ(query_grades(out(), "SELECT count(DISTINCT image_cluster) FROM grades"), (std::vector<std::string>{"4"}))
      << "two images are another cluster than one, and items without any are one each";
}

TEST_F(RunnerTest, AFolderThatCannotBeWrittenIsNamedBeforeAnythingIsAsked) {
  auto made = spec(3);
  write(folder_.path() / "file", "x");
  std::vector<fs::path> places = {folder_.path() / "file" / "run", "/proc/osler/run"};
  if (geteuid() != 0) {
    fs::create_directory(folder_.path() / "locked");
    fs::permissions(folder_.path() / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    places.push_back(folder_.path() / "locked" / "run");
  }
  for (const auto& place : places) {
    made.folder = place;
    const auto totals = run(made, engine_);
    ASSERT_FALSE(totals.has_value());
    EXPECT_EQ(totals.error().code, ErrorCode::io);
    EXPECT_THAT(totals.error().message(), HasSubstr(place.string()));
    EXPECT_THAT(totals.error().message(), HasSubstr("--out"));
  }
  EXPECT_TRUE(engine_.asked.empty());
}

TEST_F(RunnerTest, ASecondRunIntoTheSameFolderIsRefused) {
  Result<RunTotals> second;
  ScriptedEngine other;
  engine_.on_asked = [&](const std::string& id) {
    if (id == "item 1") second = run(spec(3), other);
  };
  ASSERT_TRUE(run(spec(3), engine_).has_value());
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another run"));
  EXPECT_TRUE(other.asked.empty());
}

TEST_F(RunnerTest, ItemIdsThatCannotBeToldApartInAJournalAreRefused) {
  auto twice = spec(3);
  twice.rows.items[2].id = "item 0";
  EXPECT_THAT(run(twice, engine_).error().message(), HasSubstr("'item 0'"));
  auto bytes = spec(3);
  bytes.rows.items[1].id = "item \xFF";
  EXPECT_THAT(run(bytes, engine_).error().message(), HasSubstr("UTF-8"));
  EXPECT_TRUE(engine_.asked.empty());
  EXPECT_FALSE(fs::exists(out() / "responses.jsonl"));
}

TEST_F(RunnerTest, AnEmptyRowSetIsARunOfNothing) {
  const auto totals = run(spec(0), engine_);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(totals->total, 0U);
  EXPECT_TRUE(outcomes(out()).empty());
}

TEST_F(RunnerTest, GradingAgainNeedsNeitherDataNorModel) {
  ASSERT_TRUE(run(spec(7), engine_).has_value());
  const auto before = all_grades(out());
  fs::remove_all(folder_.path() / "images");
  fs::remove(out() / "grades.parquet");
  const auto protocol = find_protocol("paper");
  const auto graded = grade_run(out(), *protocol, *make_grader(*protocol));
  ASSERT_TRUE(graded.has_value()) << graded.error().message();
  EXPECT_EQ(*graded, 7U);
  EXPECT_EQ(all_grades(out()), before);
  const auto other = find_protocol("direct");
  ASSERT_TRUE(grade_run(out(), *other, *make_grader(*other)).has_value());
  EXPECT_EQ(query_grades(out(), "SELECT DISTINCT protocol, graded_by FROM grades").at(0), "paper | direct");
}

TEST_F(RunnerTest, GradingWhatIsNoRunIsNamed) {
  const auto protocol = find_protocol("paper");
  const auto grader = make_grader(*protocol);
  EXPECT_THAT(grade_run(folder_.path(), *protocol, *grader).error().message(), HasSubstr("manifest.json"));
  ASSERT_TRUE(run(spec(2), engine_).has_value());
  fs::remove(out() / "responses.jsonl");
  EXPECT_THAT(grade_run(out(), *protocol, *grader).error().message(), HasSubstr("responses.jsonl"));
}

TEST(RunFolder, NamesModelBenchmarkAndProtocolAndWhatIsNotTheDefault) {
  RowSet rows;
  rows.benchmark = "vqa-rad";
  rows.split = "test";
  rows.default_split = "test";
  EXPECT_EQ(run_folder("runs", "m", rows, "paper"), fs::path("runs/m/vqa-rad/paper"));
  rows.split = "train";
  rows.subset = "closed";
  EXPECT_EQ(run_folder("runs", "m", rows, "paper"), fs::path("runs/m/vqa-rad.train.closed/paper"));
}

TEST(MakeGrader, TheLenientProtocolNamesAllRulesAndStepsInTheirOrder) {
  const auto protocol = find_protocol("lenient").value();
  auto all = grade::known_rules();
  for (auto& step : grade::known_steps()) all.push_back(std::move(step));
  EXPECT_EQ(protocol.extraction.rules, all);
  EXPECT_TRUE(make_grader(protocol));
}

TEST(MakeGrader, RefusesASourceAndARuleThatItDoesNotKnow) {
  auto protocol = find_protocol("paper").value();
  protocol.extraction.source = "first_box";
  EXPECT_THAT(make_grader(protocol).error().message(), HasSubstr("first_box"));
  protocol = find_protocol("paper").value();
  protocol.extraction.rules.push_back("mind_reading");
  EXPECT_THAT(make_grader(protocol).error().message(), HasSubstr("mind_reading"));
}

}  // namespace
}  // namespace osler::test
