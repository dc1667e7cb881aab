#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <thread>

#include "osler/run/journal.h"
#include "run/helper.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class CrashTest : public testing::Test {
 protected:
  [[nodiscard]] HelperSettings settings() const {
    HelperSettings made;
    made.images = folder_.path() / "images";
    made.folder = folder_.path() / "run";
    made.asked = folder_.path() / "asked";
    return made;
  }
  [[nodiscard]] std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    std::istringstream file(read(folder_.path() / "asked"));
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  /// The grades of the same run when nothing happens to it.
  [[nodiscard]] std::vector<std::string> undisturbed_grades() const {
    auto quiet = settings();
    quiet.folder = folder_.path() / "quiet";
    quiet.asked = folder_.path() / "quiet-asked";
    ScriptedEngine engine;
    prepare_helper_engine(quiet, engine);
    EXPECT_TRUE(run(helper_spec(quiet), engine).has_value());
    return all_grades(quiet.folder);
  }

  TemporaryFolder folder_;
};

/// Ids with a whole line in the journal; none if there is no journal yet.
std::set<std::string> journaled(const fs::path& folder) {
  std::set<std::string> ids;
  if (!fs::exists(folder / "responses.jsonl")) return ids;
  const auto responses = read_responses(folder);
  EXPECT_TRUE(responses.has_value()) << (responses ? "" : responses.error().message());
  if (!responses) return ids;
  for (const auto& [id, response] : *responses) ids.insert(id);
  return ids;
}

TEST_F(CrashTest, KilledAtAnyMomentItLosesNothingRepeatsNothingAndEndsInTheSameGrades) {
  constexpr int kKills = 20;
  const auto expected = undisturbed_grades();
  auto made = settings();
  made.delay_us = 2'000;
  std::mt19937 random(7);
  std::uniform_int_distribution<int> delay(0, 110);
  int kills = 0;
  std::set<std::string> kept;
  std::size_t asked_before = 0;
  while (true) {
    const int process = start_helper(made);
    if (kills < kKills) {
      std::this_thread::sleep_for(std::chrono::milliseconds(delay(random)));
      kill(process, SIGKILL);
    }
    const int outcome = wait_for(process);
    const auto ids = asked();
    for (std::size_t i = asked_before; i < ids.size(); ++i) {
      EXPECT_FALSE(kept.contains(ids[i])) << ids[i] << " was answered and is asked again";
    }
    asked_before = ids.size();
    const auto now = journaled(made.folder);
    EXPECT_TRUE(std::includes(now.begin(), now.end(), kept.begin(), kept.end())) << "an answer was lost";
    kept = now;
    if (outcome == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    ASSERT_EQ(outcome, 0) << read(complaint_file(made));
    EXPECT_EQ(all_grades(made.folder), expected);
    if (kills >= kKills) break;
    // Done before all kills were spent: the next run is a new one.
    fs::remove_all(made.folder);
    fs::remove(made.asked);
    kept.clear();
    asked_before = 0;
  }
  EXPECT_LE(asked().size(), made.items + kKills) << "one item at most was in hand at a kill";
  for (const auto& entry : fs::directory_iterator(made.folder)) {
    // Unfinished grades are left for a while, in case that they are another process's.
    const bool grades = entry.path().filename().string().starts_with("grades.parquet.");
    EXPECT_TRUE(grades || entry.path().extension() != ".tmp") << entry.path();
  }
}

TEST_F(CrashTest, AFileThatMayNotGrowEndsTheRunWithItsNameAndKeepsEveryWholeLine) {
  auto made = settings();
  made.items = 20;
  made.answer_bytes = 2'000;
  made.file_limit = 16'000;
  ASSERT_EQ(wait_for(start_helper(made)), 1);
  EXPECT_THAT(read(complaint_file(made)), HasSubstr((made.folder / "responses.jsonl").string()));
  const auto kept = journaled(made.folder);
  EXPECT_GE(kept.size(), 5U);
  EXPECT_LT(kept.size(), 20U);
  EXPECT_EQ(read(made.folder / "responses.jsonl").back(), '\n') << "no part of a line is left";
  EXPECT_EQ(outcomes(made.folder).size(), kept.size()) << "what is there is graded";

  made.file_limit = 0;
  ASSERT_EQ(wait_for(start_helper(made)), 0) << read(complaint_file(made));
  EXPECT_EQ(journaled(made.folder).size(), 20U);
  EXPECT_LE(asked().size(), 21U);
}

TEST_F(CrashTest, AFullDiskEndsTheRunWithItsNameAndTheRunGoesOnWhenThereIsSpace) {
  const auto disk = folder_.path() / "disk";
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "a small disk cannot be mounted here";
  auto made = settings();
  made.folder = disk / "run";
  made.items = 40;
  made.answer_bytes = 2'000;
  const int first = wait_for(start_helper(made));
  const std::string complaint = read(complaint_file(made));
  const auto kept = journaled(made.folder);
  const bool whole_lines = read(made.folder / "responses.jsonl").ends_with('\n');
  const int still_full = wait_for(start_helper(made));
  const auto kept_still = journaled(made.folder);
  const bool grown = mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=4m") == 0;
  const int second = wait_for(start_helper(made));
  const std::string last_complaint = read(complaint_file(made));
  const auto done = journaled(made.folder);
  umount(disk.c_str());

  EXPECT_EQ(first, 1);
  EXPECT_THAT(complaint, HasSubstr(made.folder.string()));
  EXPECT_THAT(complaint, HasSubstr("free some space"));
  EXPECT_GE(kept.size(), 5U);
  EXPECT_LT(kept.size(), 40U);
  EXPECT_TRUE(whole_lines);
  EXPECT_EQ(still_full, 1);
  EXPECT_TRUE(std::includes(kept_still.begin(), kept_still.end(), kept.begin(), kept.end()));
  ASSERT_TRUE(grown);
  EXPECT_EQ(second, 0) << last_complaint;
  EXPECT_EQ(done.size(), 40U);
}

}  // namespace
}  // namespace osler::test
