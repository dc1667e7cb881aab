// osler study and the tables of osler report, as a user types them, on a few items of the phantom.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class StudyCommand : public testing::Test {
 protected:
  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder_.path()});
  }
  [[nodiscard]] CommandResult study(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"study", "mine.yaml", "--limit", "6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }
  void SetUp() override {
    std::ofstream(folder_.path() / "mine.yaml")
        << "name: mine\nphantom: {seed: 3, images: 2}\nbenchmarks: [phantom]\ncontrols: [no-image]\n"
           "options: {threads: 1, no-cache: true}\nmodels:\n"
           "  - {name: large, model: phantom-large, group: medical, size: tiny}\n"
           "  - {name: small, model: phantom-small, group: general, size: tiny}\n"
           "  - {name: gone, model: no-such-model.gguf}\n";
  }
  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

TEST_F(StudyCommand, WhatCannotBeRunIsSaidAndDoesNotStopTheRest) {
  const auto first = study({"--format", "json"});
  EXPECT_EQ(first.status, 1);
  EXPECT_THAT(first.err, HasSubstr("missing: gone: "));
  EXPECT_THAT(first.err, HasSubstr("2 of 6 runs are missing"));
  const auto value = json::parse(first.out);
  EXPECT_EQ(value["study"], "mine");
  std::set<std::string> models;
  for (const auto& cell : value["cells"]) {
    models.insert(cell["model"]);
    EXPECT_FALSE(cell["complete"].get<bool>()) << "a limit leaves items out";
  }
  EXPECT_THAT(models, testing::ElementsAre("large", "small"));
  for (const char* file : {"report.md", "report.tex", "report.csv", "report.json"}) {
    EXPECT_TRUE(fs::exists(folder() / "mine" / file)) << file;
  }
}

TEST_F(StudyCommand, WhatIsThereIsNotAskedAgain) {
  // The phantom of two pictures, whole.
  const auto all = osler({"study", "mine.yaml", "--models", "large"});
  ASSERT_EQ(all.status, 0) << all.err;
  EXPECT_THAT(all.err, HasSubstr("2 of 2 runs hold grades; 0 were finished before"));
  EXPECT_THAT(all.out, HasSubstr("visual reliance"));
  const auto again = osler({"study", "mine.yaml", "--models", "large"});
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("2 of 2 runs hold grades; 2 were finished before"));
  EXPECT_EQ(again.out, all.out);
  // Another model under the name: what was measured is not taken for it.
  const auto other =
      osler({"study", "mine.yaml", "--models", "large", "--use", "large=mine/models/phantom-small.gguf"});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, HasSubstr("holds another run"));
  EXPECT_EQ(other.out, "") << "the first model's figures are not shown for the second's";
  const auto tables = osler({"report", "mine/runs", "--policy", "illustrative", "--format", "latex"});
  ASSERT_EQ(tables.status, 0) << tables.err;
  EXPECT_THAT(tables.out, HasSubstr("\\toprule"));
  EXPECT_THAT(tables.out, HasSubstr("not met"));
}

TEST_F(StudyCommand, WrongWordsAreUsageErrors) {
  EXPECT_EQ(osler({"study"}).status, 2);
  EXPECT_EQ(osler({"study", "no-such-study"}).status, 2);
  EXPECT_EQ(study({"--models", "nobody"}).status, 2);
  EXPECT_EQ(study({"--use", "large"}).status, 2);
  EXPECT_EQ(study({"--use", "nobody=a.gguf"}).status, 2);
  EXPECT_EQ(study({"--format", "pdf"}).status, 2);
  EXPECT_THAT(osler({"study", "--list"}).out, HasSubstr("liu2025"));
}

TEST_F(StudyCommand, WithNothingThereAReportSaysWhatIsMissing) {
  const auto result = study({"--report-only"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("missing"));
}

}  // namespace
}  // namespace osler::test
