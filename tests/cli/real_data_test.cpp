// The whole program on the real VQA-RAD, where it is at hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

class RealVqaRad : public testing::Test {
 protected:
  void SetUp() override {
    const auto root = real_data_folder();
    if (root.empty() || !fs::exists(root / "vqa_rad")) {
      GTEST_SKIP() << "no real data: set OSLER_TEST_DATA, or put it into ../shared/data";
    }
    data_ = root / "vqa_rad";
  }

  nlohmann::json check(const std::vector<std::string>& extra) {
    std::vector<std::string> arguments{kOsler, "data", "check", "vqa-rad", "--json"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const auto result = run_command(arguments);
    EXPECT_EQ(result.status, 0) << result.err << result.out;
    return nlohmann::json::parse(result.out);
  }

  fs::path data_;
};

TEST_F(RealVqaRad, TheHubFormIsWhole) {
  const auto report = check({"--data", (data_ / "hf").string()});
  EXPECT_EQ(report["items"], 451);
  std::ostringstream readme;
  readme << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "README.md").rdbuf();
  EXPECT_THAT(readme.str(), HasSubstr(report["row_set_hash"].get<std::string>()));
  EXPECT_EQ(report["kinds"]["yes_no"], 251);
  EXPECT_EQ(report["images"], 451);
  EXPECT_EQ(report["distinct_images"], 203);
  EXPECT_TRUE(report["problems"].empty());
}

TEST_F(RealVqaRad, TheOriginalFormIsWhole) {
  const auto report = check({"--data", (data_ / "osf").string()});
  EXPECT_EQ(report["items"], 451);
  EXPECT_EQ(report["subsets"]["closed"], 272);
  EXPECT_EQ(report["subsets"]["open"], 179);
  EXPECT_EQ(report["distinct_images"], 203);
  EXPECT_TRUE(report["problems"].empty());
}

TEST_F(RealVqaRad, ClosedMeansAnotherRowSetInEachForm) {
  const auto hub = check({"--data", (data_ / "hf").string(), "--subset", "closed"});
  const auto original = check({"--data", (data_ / "osf").string(), "--subset", "closed"});
  EXPECT_EQ(hub["items"], 251);
  EXPECT_EQ(original["items"], 272);
  EXPECT_NE(hub["row_set"], original["row_set"]);
  EXPECT_NE(hub["row_set_hash"], original["row_set_hash"]);
}

TEST_F(RealVqaRad, WhenBothFormsAreThereTheChoiceIsSaid) {
  const auto result = run_command({kOsler, "data", "check", "vqa-rad", "--data", data_.string()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("vqa-rad:test (hf)"));
  EXPECT_THAT(result.err, HasSubstr("--form osf"));
}

TEST_F(RealVqaRad, TheFolderOfAnotherBenchmarkIsRefused) {
  const auto trap = data_ / "TRAP_data_RAD_is_really_VQA-Med-2019";
  if (!fs::exists(trap)) GTEST_SKIP() << "the look-alike folder is not here";
  const auto result = run_command({kOsler, "data", "check", "vqa-rad", "--data", trap.string()});
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(result.out, "");
  // Even under the right file name its columns give it away.
  const TemporaryFolder folder;
  fs::copy_file(trap / "data_RAD" / "testset.json", folder.path() / "VQA_RAD Dataset Public.json");
  const auto renamed = run_command({kOsler, "data", "check", "vqa-rad", "--data", folder.path().string()});
  EXPECT_EQ(renamed.status, 1);
  EXPECT_THAT(renamed.err, HasSubstr("has no column"));
}

TEST_F(RealVqaRad, ACutParquetFileIsNamed) {
  const TemporaryFolder folder;
  const auto copy = folder.path() / "test-00000-of-00001.parquet";
  fs::copy_file(data_ / "hf/data/test-00000-of-00001.parquet", copy);
  fs::permissions(copy, fs::perms::owner_all);
  fs::resize_file(copy, fs::file_size(copy) / 2);
  const auto result = run_command({kOsler, "data", "check", "vqa-rad", "--data", folder.path().string()});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("test-00000-of-00001.parquet"));
}

TEST_F(RealVqaRad, AModelAnswersBothForms) {
  const TemporaryFolder folder;
  const auto files = tiny_model(tiny_vlm::Architecture::llava, tiny_vlm::Voice::boxed);
  for (const std::string form : {"hf", "osf"}) {
    const auto result =
        run_command({kOsler, "run", "--model", files.model.string(), "--benchmark", "vqa-rad", "--data", data_.string(),
                     "--form", form, "--subset", "closed", "--out", (folder.path() / form).string()});
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr(form == "hf" ? "(n = 251" : "(n = 272"));
    EXPECT_THAT(unwrapped(result.out), HasSubstr(" 0 error"));
  }
  const auto by = run_command({kOsler, "report", (folder.path() / "osf").string(), "--by", "organ", "-f", "json"});
  const auto rows = nlohmann::json::parse(by.out);
  std::map<std::string, int> organs;
  for (const auto& row : rows) organs[row["stratum"]] = row["n"];
  EXPECT_EQ(organs["organ=CHEST"] + organs["organ=ABD"] + organs["organ=HEAD"], 272);
}

}  // namespace
}  // namespace osler::test
