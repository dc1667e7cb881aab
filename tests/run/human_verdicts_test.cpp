#include "osler/run/human_verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

class HumanVerdicts : public testing::Test {
 protected:
  Result<std::vector<HumanVerdict>> read_back(const std::string& text) {
    write(file(), text);
    return read_human_verdicts(file());
  }
  std::string complaint(const std::string& text) {
    const auto found = read_back(text);
    return found ? "(no error)" : found.error().message();
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "people.csv"; }

  TemporaryFolder folder_;
};

TEST_F(HumanVerdicts, EveryWordForAVerdictIsUnderstood) {
  const auto found = read_back(
      "item,verdict\na,correct\nb,incorrect\nc,True\nd,FALSE\ne, yes \nf,No\ng,1\nh,0\n\"i, \"\"j\"\"\",\"correct\"\n");
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 9u);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ((*found)[i].correct, i % 2 == 0) << (*found)[i].item;
  EXPECT_EQ((*found)[8].item, "i, \"j\"");
  EXPECT_EQ((*found)[8].line, 10u);
}

TEST_F(HumanVerdicts, ColumnsAreFoundByName) {
  const auto found = read_back("\xEF\xBB\xBFwho,Verdict,note,Item_ID\r\nme,0,\"two\r\nlines\",x 1\r\nyou,1,,x 2\r\n");
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[0].item, "x 1");
  EXPECT_FALSE((*found)[0].correct);
  EXPECT_TRUE((*found)[1].correct);
}

TEST_F(HumanVerdicts, AnUnknownWordNamesFileAndLine) {
  for (const std::string word : {"maybe", "", "2", "correctly", "richtig", "1.0"}) {
    const auto said = complaint("item,verdict\na,correct\nb," + word + "\n");
    EXPECT_THAT(said, HasSubstr("people.csv, line 3")) << word;
    EXPECT_THAT(said, HasSubstr("'" + word + "' is no verdict"));
    EXPECT_THAT(said, HasSubstr("; write correct or incorrect"));
  }
  EXPECT_LT(complaint("item,verdict\na," + std::string(100'000, 'x') + "\n").size(), 400u);
}

TEST_F(HumanVerdicts, TheSameItemTwiceIsAnError) {
  const auto said = complaint("item,verdict\na,1\nb,1\na,1\n");
  EXPECT_THAT(said, HasSubstr("line 4"));
  EXPECT_THAT(said, HasSubstr("stands in line 2 already"));
}

TEST_F(HumanVerdicts, WhatIsNoTableOfVerdictsIsAnError) {
  EXPECT_THAT(complaint("item,says\na,1\n"), HasSubstr("no column 'verdict'"));
  EXPECT_THAT(complaint("verdict\n1\n"), HasSubstr("no column 'item'"));
  EXPECT_THAT(complaint("item,verdict\n"), HasSubstr("holds no verdicts"));
  EXPECT_THAT(complaint(""), HasSubstr("holds no verdicts"));
  EXPECT_THAT(complaint("item,verdict\na,1,2\n"), HasSubstr("line 2"));
  EXPECT_THAT(complaint("item,verdict\n\"a,1\n"), HasSubstr("line 2"));
  EXPECT_THAT(read_human_verdicts(folder_.path() / "none.csv").error().message(), HasSubstr("none.csv"));
}

}  // namespace
}  // namespace osler::test
