// tools/convert/pathvqa_pickles.py, where there is a Python to run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/command.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string kScript = std::string(OSLER_SOURCE_DIR) + "/tools/convert/pathvqa_pickles.py";

class PathVqaPickles : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/bin/python3")) GTEST_SKIP() << "no Python here: /usr/bin/python3";
  }

  /// Converts a pickle, given in the text form that protocol 0 has.
  CommandResult convert(const std::string& pickle) const {
    fs::create_directories(folder_.path() / "qas/test");
    std::ofstream(folder_.path() / "qas/test/test_qa.pkl", std::ios::binary) << pickle;
    return run_command({"/usr/bin/python3", kScript, folder_.path().string()});
  }

  TemporaryFolder folder_;
};

TEST_F(PathVqaPickles, PlainRecordsBecomeJson) {
  const auto result =
      convert("(l(dS'image'\nS'test_0001'\nsS'question'\nS'is \"it\" there?'\nsS'answer'\nS'yes'\nsa.");
  ASSERT_EQ(result.status, 0) << result.err;
  std::ifstream file(folder_.path() / "pathvqa_test.json");
  const auto rows = nlohmann::json::parse(file);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["image"], "test_0001");
  EXPECT_EQ(rows[0]["question"], "is \"it\" there?");
  EXPECT_EQ(rows[0]["answer"], "yes");
}

TEST_F(PathVqaPickles, APickleThatCallsSomethingIsRefusedAndNotRun) {
  const fs::path trace = folder_.path() / "trace";
  const auto result = convert("cos\nsystem\n(S'touch " + trace.string() + "'\ntR.");
  EXPECT_NE(result.status, 0);
  EXPECT_THAT(result.err, HasSubstr("os.system, which is not plain data"));
  EXPECT_FALSE(fs::exists(trace));
}

TEST_F(PathVqaPickles, WhatIsBrokenOrSomethingElseIsNamed) {
  EXPECT_THAT(convert("(lp0").err, HasSubstr("test_qa.pkl: "));
  EXPECT_THAT(convert("(dS'a'\nS'b'\ns.").err, HasSubstr("is not a list of questions"));
  EXPECT_THAT(convert("(l(dS'image'\nS'x'\nsa.").err, HasSubstr("in its record 0"));
}

}  // namespace
}  // namespace osler::test
