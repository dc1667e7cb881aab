#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::string> item_ids(std::size_t from, std::size_t to) {
  std::vector<std::string> ids;
  for (std::size_t i = from; i < to; ++i) ids.push_back("item " + std::to_string(i));
  return ids;
}

class ResumeTest : public testing::Test {
 protected:
  [[nodiscard]] RunSpec spec(std::size_t items = 10) const {
    return spec_for(made_up_rows(items, folder_.path() / "images"), out());
  }
  [[nodiscard]] fs::path out() const { return folder_.path() / "run"; }

  TemporaryFolder folder_;
  ScriptedEngine engine_;
};

TEST_F(ResumeTest, AfterAStopOnlyWhatIsMissingIsAsked) {
  engine_.stop_after = 4;
  EXPECT_EQ(run(spec(), engine_).error().code, ErrorCode::interrupted);
  EXPECT_EQ(outcomes(out()).size(), 4U) << "what is there is graded";
  ScriptedEngine second;
  Watcher watcher;
  const auto totals = run(spec(), second, watcher);
  ASSERT_TRUE(totals.has_value()) << totals.error().message();
  EXPECT_EQ(totals->kept, 4U);
  EXPECT_EQ(totals->answered, 6U);
  EXPECT_EQ(second.asked, item_ids(4, 10));
  EXPECT_EQ(watcher.progress.front().first, 5U) << "earlier answers count as done";
  EXPECT_FALSE(read_manifest(out())->finished.empty());

  const TemporaryFolder fresh;
  auto at_once = spec();
  at_once.folder = fresh.path();
  ScriptedEngine third;
  ASSERT_TRUE(run(at_once, third).has_value());
  EXPECT_EQ(all_grades(out()), all_grades(fresh.path()));
}

TEST_F(ResumeTest, WhatWasInHandWhenItStoppedIsAskedAgain) {
  engine_.stop_after = 3;
  engine_.window = 4;
  EXPECT_FALSE(run(spec(), engine_).has_value());
  const auto answered = read_responses(out()).value();
  EXPECT_EQ(answered.size(), 3U);
  ScriptedEngine second;
  ASSERT_TRUE(run(spec(), second).has_value());
  EXPECT_EQ(second.asked.size(), 7U);
  for (const auto& id : second.asked) EXPECT_FALSE(answered.contains(id)) << id;
}

TEST_F(ResumeTest, AFinishedRunAsksNothingAndKeepsItsTimes) {
  ASSERT_TRUE(run(spec(), engine_).has_value());
  auto stored = read_manifest(out()).value();
  stored.started = "2001-01-01T00:00:00Z";
  stored.finished = "2001-01-02T00:00:00Z";
  stored.seconds = 86400;
  ASSERT_TRUE(write_manifest(out(), stored).has_value());
  ScriptedEngine second;
  const auto totals = run(spec(), second);
  EXPECT_EQ(totals->kept, 10U);
  EXPECT_TRUE(second.asked.empty());
  const auto manifest = read_manifest(out());
  EXPECT_EQ(manifest->started, "2001-01-01T00:00:00Z");
  EXPECT_EQ(manifest->finished, "2001-01-02T00:00:00Z");
  EXPECT_NEAR(manifest->seconds, 86400, 1);
}

TEST_F(ResumeTest, ATornLastLineIsAskedAgain) {
  ASSERT_TRUE(run(spec(), engine_).has_value());
  const auto before = all_grades(out());
  const std::string journal = read(out() / "responses.jsonl");
  write(out() / "responses.jsonl", journal.substr(0, journal.size() - 5));
  ScriptedEngine second;
  ASSERT_TRUE(run(spec(), second).has_value());
  EXPECT_EQ(second.asked, item_ids(9, 10));
  EXPECT_EQ(all_grades(out()), before);
}

TEST_F(ResumeTest, ALimitIsNoPartOfTheIdentity) {
  auto limited = spec();
  limited.limit = 3;
  EXPECT_EQ(run(limited, engine_)->total, 3U);
  EXPECT_EQ(outcomes(out()).size(), 3U);
  EXPECT_TRUE(read_manifest(out())->finished.empty());
  limited.limit = 5;
  EXPECT_EQ(run(limited, engine_)->kept, 3U);
  EXPECT_EQ(run(spec(), engine_)->answered, 5U);
  EXPECT_EQ(engine_.asked, item_ids(0, 10));
  limited.limit = 1000;
  EXPECT_EQ(run(limited, engine_)->total, 10U);
  limited.limit = 2;
  EXPECT_EQ(run(limited, engine_)->total, 2U);
  EXPECT_EQ(outcomes(out()).size(), 10U) << "a smaller limit throws nothing away";
}

TEST_F(ResumeTest, ErrorsStayUnlessTheyAreAskedForAgain) {
  fs::path broken = folder_.path() / "images" / "scan-1.png";
  auto made = spec();
  const std::string picture = read(broken);
  write(broken, "");
  engine_.reply = [](const Request& request) {
    auto response = boxed_b(request);
    if (request.item_id == "item 7") response.finish = FinishReason::error;
    return response;
  };
  ASSERT_TRUE(run(made, engine_).has_value());
  write(broken, picture);
  ScriptedEngine second;
  ASSERT_TRUE(run(made, second).has_value());
  EXPECT_TRUE(second.asked.empty());
  made.retry_errors = true;
  const auto totals = run(made, second);
  EXPECT_EQ(second.asked, (std::vector<std::string>{"item 3", "item 4", "item 5", "item 7"}));
  EXPECT_EQ(totals->answered, 4U);
  EXPECT_EQ(totals->kept, 6U);
  for (const auto& [id, outcome] : outcomes(out())) EXPECT_NE(outcome, "error") << id;
  EXPECT_EQ(read_manifest(out())->answered, 10U);
  EXPECT_EQ(read_responses(out())->size(), 10U);
}

TEST_F(ResumeTest, AnotherRunIsRefusedWithTheDifferenceNamedAndNothingWritten) {
  engine_.stop_after = 4;
  EXPECT_FALSE(run(spec(), engine_).has_value());
  const auto before = snapshot(out());

  struct Change {
    const char* named;
    void (*make)(RunSpec&, ScriptedEngine&);
  };
  const std::vector<Change> changes = {
      {"protocol_sha256 was", [](RunSpec& spec, ScriptedEngine&) { spec.protocol.hash = "edited"; }},
      {"protocol was paper and is now direct",
       [](RunSpec& spec, ScriptedEngine&) { spec.protocol = find_protocol("direct").value(); }},
      {"max_new_tokens was 4096 and is now 16",
       [](RunSpec& spec, ScriptedEngine&) { spec.protocol.decoding.max_new_tokens = 16; }},
      {"temperature was 0 and is now 0.7",
       [](RunSpec& spec, ScriptedEngine&) { spec.protocol.decoding.temperature = 0.7; }},
      {"seed was 0 and is now 5", [](RunSpec& spec, ScriptedEngine&) { spec.protocol.decoding.seed = 5; }},
      {"card_sha256 was", [](RunSpec& spec, ScriptedEngine&) { spec.card_hash = "edited"; }},
      {"row_set was made-up:test", [](RunSpec& spec, ScriptedEngine&) { spec.rows.split = "train"; }},
      {"row_set_hash was", [](RunSpec& spec, ScriptedEngine&) { spec.rows.items[5].question += " Really?"; }},
      {"row_set_hash was", [](RunSpec& spec, ScriptedEngine&) { spec.rows.items.pop_back(); }},
      {"model_sha256 was aaaa and is now bbbb",
       [](RunSpec&, ScriptedEngine& engine) { engine.facts_.identity["model_sha256"] = "bbbb"; }},
      {"flash was (none) and is now on",
       [](RunSpec&, ScriptedEngine& engine) { engine.facts_.identity["flash"] = "on"; }},
      {"model was actor and is now other", [](RunSpec&, ScriptedEngine& engine) { engine.facts_.model = "other"; }},
      {"engine was scripted and is now llama", [](RunSpec&, ScriptedEngine& engine) { engine.facts_.kind = "llama"; }},
  };
  for (const auto& [named, change] : changes) {
    auto changed = spec();
    ScriptedEngine engine;
    change(changed, engine);
    const auto totals = run(changed, engine);
    ASSERT_FALSE(totals.has_value()) << named;
    EXPECT_EQ(totals.error().code, ErrorCode::mismatch);
    EXPECT_THAT(totals.error().message(), HasSubstr(named));
    EXPECT_THAT(totals.error().message(), HasSubstr(out().string()));
    EXPECT_TRUE(engine.asked.empty());
    EXPECT_EQ(snapshot(out()), before) << named;
  }
  ScriptedEngine same;
  same.facts_.details["threads"] = "64";
  EXPECT_TRUE(run(spec(), same).has_value()) << "circumstances may differ";
}

TEST_F(ResumeTest, WhatAKilledRunLeftHalfWrittenIsRemoved) {
  ASSERT_TRUE(run(spec(), engine_).has_value());
  for (const char* name :
       {"manifest.json.77.tmp", "items.jsonl.78.tmp", "grades.parquet.79.tmp", "grades.parquet.80.tmp", "mine.tmp"}) {
    write(out() / name, "half");
  }
  fs::last_write_time(out() / "grades.parquet.79.tmp", fs::file_time_type::clock::now() - std::chrono::hours(1));
  ASSERT_TRUE(run(spec(), engine_).has_value());
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(out())) {
    if (entry.path().extension() == ".tmp") left.insert(entry.path().filename().string());
  }
  EXPECT_EQ(left, (std::set<std::string>{"grades.parquet.80.tmp", "mine.tmp"}))
      << "fresh grades may be those of 'osler grade' at work, and the user's own files are theirs";
}

TEST_F(ResumeTest, ResponsesWithoutAManifestAreLeftAlone) {
  ASSERT_TRUE(run(spec(), engine_).has_value());
  fs::remove(out() / "manifest.json");
  const auto before = snapshot(out());
  const auto totals = run(spec(), engine_);
  ASSERT_FALSE(totals.has_value());
  EXPECT_THAT(totals.error().message(), HasSubstr("without a manifest"));
  EXPECT_EQ(snapshot(out()), before);
}

TEST_F(ResumeTest, AManifestThatIsBrokenIsNamedAndNothingIsWritten) {
  ASSERT_TRUE(run(spec(), engine_).has_value());
  write(out() / "manifest.json", "{\"schema\": 1");
  const auto before = snapshot(out());
  const auto totals = run(spec(), engine_);
  ASSERT_FALSE(totals.has_value());
  EXPECT_THAT(totals.error().message(), HasSubstr("manifest.json"));
  EXPECT_EQ(snapshot(out()), before);
}

}  // namespace
}  // namespace osler::test
