#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// Two small benchmarks: SLAKE with two questions of which one has its image, and VQA-RAD in a form without images.
class DataList : public testing::Test {
 protected:
  DataList() {
    write("pictures/one/test.json",
          R"([{"qid": 1, "img_name": "a.jpg", "img_id": 1, "question": "What is seen?", "answer": "Liver",
               "q_lang": "en", "answer_type": "OPEN", "content_type": "Organ", "modality": "CT", "location": "Abdomen",
               "base_type": "vqa", "triple": []},
              {"qid": 2, "img_name": "b.jpg", "img_id": 2, "question": "Is this a CT?", "answer": "Yes",
               "q_lang": "en", "answer_type": "CLOSED", "content_type": "Modality", "modality": "CT",
               "location": "Abdomen", "base_type": "vqa", "triple": []}])");
    write("pictures/one/imgs/a.jpg", "not looked into");
    write("rad/testset.json",
          R"([{"qid": 7, "image_name": "x.jpg", "image_organ": "HEAD", "answer_type": "OPEN", "question_type": "ORGAN",
               "phrase_type": "freeform", "question": "Which organ?", "answer": "brain"}])");
  }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  }

  static CommandResult list(std::vector<std::string> arguments, const std::string& osler_data = {}) {
    const std::vector<std::string> command{std::string(OSLER_BINARY_DIR) + "/bin/osler", "data", "list"};
    arguments.insert(arguments.begin(), command.begin(), command.end());
    return run_command(arguments, {.environment = {{"OSLER_DATA", osler_data}, {"HF_HUB_CACHE", "/nowhere"}}});
  }

  TemporaryFolder folder_;
};

TEST_F(DataList, EverySplitIsALineWithItsCounts) {
  const auto result = list({"--data", folder_.path().string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, ContainsRegex("slake:test \\(original\\) +2 +2 +1 +pictures/one\n"));
  EXPECT_THAT(result.out, ContainsRegex("vqa-rad:test \\(mevf\\) +1 +1 +1 +rad\n"));
  EXPECT_THAT(result.out, ContainsRegex("vqa-rad +CC0-1.0\n"));
  EXPECT_THAT(result.out, ContainsRegex("Not here[^\n]*\n(.*\n)*  pathvqa +osler data get pathvqa\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("phantom")));
}

TEST_F(DataList, JsonHasEveryRowSet) {
  const auto result = list({"--json"}, folder_.path().string());
  ASSERT_EQ(result.status, 0) << result.err;
  const auto all = nlohmann::json::parse(result.out);
  const auto found = std::find_if(all.begin(), all.end(),
                                  [](const auto& one) { return one.at("row_set") == "slake:test (original)"; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->at("benchmark"), "slake");
  EXPECT_EQ(found->at("form"), "original");
  EXPECT_EQ(found->at("split"), "test");
  EXPECT_EQ(found->at("items"), 2);
  EXPECT_EQ(found->at("images"), 2);
  EXPECT_EQ(found->at("missing_images"), 1);
  EXPECT_THAT(found->at("licence").get<std::string>(), HasSubstr("CC"));
  EXPECT_EQ(found->at("folder"), (folder_.path() / "pictures/one").string());
}

TEST_F(DataList, APlaceThatIsNamedTwiceCountsOnce) {
  const auto once = list({"--data", folder_.path().string(), "--json"});
  const auto twice = list({"--data", folder_.path().string(), "--json"}, folder_.path().string());
  ASSERT_EQ(once.status, 0) << once.err;
  EXPECT_EQ(once.out, twice.out);
}

TEST_F(DataList, NamedBenchmarksAreTheOnlyOnes) {
  const auto result = list({"slake:test/closed", "pathvqa", "--data", folder_.path().string()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("slake:test (original)"));
  EXPECT_THAT(result.out, HasSubstr("osler data get pathvqa"));
  EXPECT_THAT(result.out, Not(HasSubstr("vqa-rad")));
  EXPECT_EQ(list({"nonsuch"}).status, 2);
}

TEST_F(DataList, ADamagedFileIsALineWithTheReason) {
  write("pictures/one/test.json", R"([{"qid": 1, "img_name": )");
  write("broken/test-00000-of-00001.parquet", "PAR1 and no more");
  const auto result = list({"--data", folder_.path().string()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Cannot be read:\n"));
  EXPECT_THAT(result.out, ContainsRegex("  slake +[^\n]*pictures/one/test.json"));
  EXPECT_THAT(result.out, ContainsRegex("  vqa-rad +[^\n]*broken/test-00000-of-00001.parquet"));
  EXPECT_THAT(result.out, HasSubstr("vqa-rad:test (mevf)"));
}

TEST_F(DataList, NothingHereIsNoFailure) {
  const auto nothing = list({});
  EXPECT_EQ(nothing.status, 0) << nothing.err;
  EXPECT_THAT(nothing.out, HasSubstr("No folder to look in"));
  EXPECT_THAT(nothing.out, HasSubstr("osler data get vqa-rad"));
  EXPECT_EQ(list({"--json"}).out, "[]\n");
  const TemporaryFolder empty;
  EXPECT_THAT(list({"--data", empty.path().string()}).out, HasSubstr(": no benchmark.\n"));
  EXPECT_EQ(list({"--data", (empty.path() / "absent").string()}).status, 1);
}

TEST_F(DataList, LinesFitATerminal) {
  const std::string deep = "a-folder-with-a-name-that-is-long/and-another-one-below-it-of-some-length/and-the-last-one";
  write(deep + "/testset.json", R"([{"qid": 7, "image_name": "x.jpg", "image_organ": "HEAD", "answer_type": "OPEN",
      "question_type": "ORGAN", "phrase_type": "freeform", "question": "Which organ?", "answer": "brain"}])");
  fs::remove_all(folder_.path() / "rad");
  const auto result = list({"vqa-rad", "--data", folder_.path().string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("vqa-rad:test \\(mevf\\) .* \\.\\.\\..*and-the-last-one\n"));
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120U) << line;
}

TEST(DataListOfRealData, CountsAreThoseOfTheCards) {
  const auto data = real_data_folder();
  if (data.empty()) GTEST_SKIP() << "no real data ($OSLER_TEST_DATA)";
  const auto result = run_command(
      {std::string(OSLER_BINARY_DIR) + "/bin/osler", "data", "list", "vqa-rad", "slake", "--data", data.string()},
      {.environment = {{"OSLER_DATA", ""}, {"HF_HUB_CACHE", "/nowhere"}}});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, ContainsRegex("vqa-rad:test \\(hf\\) +451 +451 +- "));
  EXPECT_THAT(result.out, ContainsRegex("vqa-rad:test \\(osf\\) +451 +451 +- "));
  EXPECT_THAT(result.out, ContainsRegex("slake:test \\(original\\) +1061 +1061 +- "));
}

}  // namespace
}  // namespace osler::test
