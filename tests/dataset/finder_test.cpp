#include "osler/dataset/finder.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kRows = R"([{"q": "What is seen?", "a": "nothing"}])";

class FinderTest : public test::FolderTest {
 protected:
  static Card card(const std::string& files = "{test: [\"data/test-*.json\", \"test-*.json\"]}") {
    return test::card_of(test::card_text("json", "    kinds: [{kind: open}]\n", files));
  }

  /// The files that are found, relative to the folder.
  std::vector<std::string> found(const Card& card, const fs::path& root) const {
    const auto findings = find_forms(card, "test", root);
    EXPECT_TRUE(findings) << test::message_of(findings);
    std::vector<std::string> names;
    if (!findings || findings->found.empty()) return names;
    for (const auto& file : findings->found.front().files) names.push_back(file.lexically_relative(root).string());
    return names;
  }
};

TEST_F(FinderTest, ShardsComeInTheOrderOfTheirNames) {
  for (const auto* name : {"data/test-00002.json", "data/test-00000.json", "data/test-00001.json"}) write(name, kRows);
  EXPECT_THAT(found(card(), folder_),
              ElementsAre("data/test-00000.json", "data/test-00001.json", "data/test-00002.json"));
}

TEST_F(FinderTest, TheShallowestFolderWinsAndThenTheFirstByName) {
  write("a/deep/data/test-0.json", kRows);
  write("z/data/test-1.json", kRows);
  write("y/data/test-2.json", kRows);
  EXPECT_THAT(found(card(), folder_), ElementsAre("y/data/test-2.json"));
}

TEST_F(FinderTest, AnEarlierPatternGoesBeforeAShallowerFile) {
  write("test-0.json", kRows);
  write("x/data/test-0.json", kRows);
  EXPECT_THAT(found(card(), folder_), ElementsAre("x/data/test-0.json"));
}

TEST_F(FinderTest, APatternMayLeaveTheExtensionOpen) {
  write("test-0.json", kRows);
  EXPECT_THAT(found(card("{test: [\"test-0.*\"]}"), folder_), ElementsAre("test-0.json"));
}

TEST_F(FinderTest, EightFoldersDeepAndNoFurther) {
  write("1/2/3/4/5/6/7/8/test-a.json", kRows);
  EXPECT_THAT(found(card(), folder_), ElementsAre("1/2/3/4/5/6/7/8/test-a.json"));
  fs::remove_all(folder_ / "1");
  write("1/2/3/4/5/6/7/8/9/test-a.json", kRows);
  EXPECT_TRUE(found(card(), folder_).empty());
}

TEST_F(FinderTest, TheFileItselfMayBeTheRoot) {
  const auto file = write("sub/test-0.json", kRows);
  const auto findings = find_forms(card(), "test", file);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->found.size(), 1U);
  EXPECT_THAT(findings->found.front().files, ElementsAre(file));
}

TEST_F(FinderTest, ALookAlikeIsRejectedWithTheReason) {
  const auto file = write("test-0.json", R"([{"q": "?", "answer": 3}])");
  const auto findings = find_forms(card(), "test", folder_);
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->found.empty());
  EXPECT_TRUE(findings->unreadable.empty());
  EXPECT_THAT(findings->rejected, ElementsAre(file.string() + " is named like the form 'f', but has no column 'a'"));
}

TEST_F(FinderTest, ALookAlikeDoesNotHideTheRealOneBelowIt) {
  write("test-0.json", R"([{"other": 1}])");
  write("sub/test-0.json", kRows);
  EXPECT_THAT(found(card(), folder_), ElementsAre("sub/test-0.json"));
}

TEST_F(FinderTest, AFileThatCannotBeReadIsKeptAsAnErrorOnce) {
  const auto file = write("data/test-0.json", "[{\"q\": ");
  const auto findings = find_forms(card(), "test", folder_);
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->unreadable.size(), 1U);
  EXPECT_EQ(findings->unreadable.front().code, ErrorCode::malformed);
  EXPECT_EQ(findings->unreadable.front().where.file, file.string());
  EXPECT_TRUE(findings->rejected.empty());
}

TEST_F(FinderTest, AFileWithoutRecordsIsAnError) {
  write("test-0.json", "[]");
  const auto findings = find_forms(card(), "test", folder_);
  ASSERT_TRUE(findings && findings->unreadable.size() == 1);
  EXPECT_THAT(findings->unreadable.front().message(), HasSubstr("holds no records"));
}

TEST_F(FinderTest, AMissingRootIsAnErrorAndAnEmptyOneIsNot) {
  EXPECT_THAT(test::message_of(find_forms(card(), "test", folder_ / "none")),
              HasSubstr("none: cannot be searched for data"));
  const auto findings = find_forms(card(), "test", folder_);
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->found.empty() && findings->rejected.empty());
}

TEST_F(FinderTest, AnUnreadableRootIsAnErrorAndAnUnreadableFolderBelowIsPassedOver) {
  write("open/test-0.json", kRows);
  write("shut/test-0.json", kRows);
  fs::permissions(folder_ / "shut", fs::perms::none);
  EXPECT_THAT(found(card(), folder_), ElementsAre("open/test-0.json"));
  std::error_code problem;
  const fs::directory_iterator look(folder_ / "shut", problem);
  if (problem) {  // root reads everything
    EXPECT_THAT(test::message_of(find_forms(card(), "test", folder_ / "shut")), HasSubstr("cannot be searched"));
  }
  fs::permissions(folder_ / "shut", fs::perms::owner_all);
}

TEST_F(FinderTest, FoldersAndFilesBehindLinksAreFound) {
  // As in the hub's cache: snapshots/REVISION/data holds links to blobs.
  const auto blob = write("elsewhere/blob", kRows);
  fs::create_directories(folder_ / "root/snapshots/1/data");
  fs::create_symlink(blob, folder_ / "root/snapshots/1/data/test-0.json");
  EXPECT_THAT(found(card(), folder_ / "root"), ElementsAre("snapshots/1/data/test-0.json"));
  fs::create_directory_symlink(folder_ / "root", folder_ / "link");
  EXPECT_EQ(find_forms(card(), "test", folder_ / "link")->found.size(), 1U);
}

TEST_F(FinderTest, LinksThatGoInCirclesOrNowhereDoNotStopTheSearch) {
  fs::create_symlink("self.json", folder_ / "self.json");
  fs::create_directory_symlink(folder_, folder_ / "again");
  fs::create_symlink(folder_ / "gone", folder_ / "test-gone.json");
  write("zz/test-0.json", kRows);
  EXPECT_THAT(found(card(), folder_), ElementsAre("zz/test-0.json"));
}

TEST_F(FinderTest, AFolderWithTheNameOfAFileIsPassedOver) {
  fs::create_directories(folder_ / "test-0.json");
  EXPECT_TRUE(found(card(), folder_).empty());
}

TEST_F(FinderTest, OnlyTheFormThatIsAskedForIsLookedAt) {
  write("test-0.json", "broken");
  const auto findings = find_forms(card(), "test", folder_, "other");
  ASSERT_TRUE(findings);
  EXPECT_TRUE(findings->rejected.empty());
}

TEST(PatternsOf, AnySplitMeansThoseWhoseRowsTheCardTellsApart) {
  const Card card =
      test::card_of(test::card_text("json", "    kinds: [{kind: open}]\n    splits: {train: {column: s, in: [t]}}\n",
                                    "{val: v.json, \"*\": all.json}"));
  const Form& form = card.forms.front();
  ASSERT_NE(patterns_of(form, "val"), nullptr);
  EXPECT_THAT(*patterns_of(form, "val"), ElementsAre("v.json"));
  ASSERT_NE(patterns_of(form, "train"), nullptr);
  EXPECT_THAT(*patterns_of(form, "train"), ElementsAre("all.json"));
  EXPECT_EQ(patterns_of(form, "test"), nullptr);
}

}  // namespace
}  // namespace osler
