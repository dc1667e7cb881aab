// `osler data init`: what it writes can be checked at once, and what is there is never written over.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DataInit : public testing::Test {
 protected:
  const fs::path& folder() { return folder_.path(); }

  CommandResult data(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {std::string(OSLER_BINARY_DIR) + "/bin/osler", "data"});
    return run_command(arguments, {.folder = folder()});
  }

  std::string text_of(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(folder() / name).rdbuf();
    return text.str();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(DataInit, WritesATemplateAndSaysWhatComesNext) {
  const auto result = data({"init"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("osler data check my-benchmark.yaml --data DIR"));
  EXPECT_THAT(text_of("my-benchmark.yaml"), HasSubstr("\nname: my-benchmark "));
}

TEST_F(DataInit, ACardFromADataFilePassesTheCheckThatItNames) {
  fs::create_directories(folder() / "ward");
  fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/dataset/images/fixtures/png_rgb_8.png", folder() / "ward/x.png");
  std::ofstream(folder() / "ward/items.csv") << "nr,question,answer,image\nx-1,What?,a cyst,x.png\n";
  const auto result = data({"init", "cards.yaml", "--from", "ward/items.csv", "--name", "ward-3"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("osler data check cards.yaml --data ward\n"));
  const auto check = data({"check", "cards.yaml", "--data", "ward"});
  EXPECT_EQ(check.status, 0) << check.err;
  EXPECT_THAT(check.out, HasSubstr("ward-3:test (csv)"));
}

TEST_F(DataInit, NeverWritesOverAFile) {
  std::ofstream(folder() / "ward.yaml") << "mine";
  const auto result = data({"init", "ward.yaml"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("ward.yaml: is there already"));
  EXPECT_EQ(text_of("ward.yaml"), "mine");
}

TEST_F(DataInit, WritesNothingWhereItCannotGuess) {
  std::ofstream(folder() / "items.csv") << "colour\nred\n";
  const auto result = data({"init", "ward.yaml", "--from", "items.csv"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("items.csv: has no column that looks like a question; it has: colour"));
  EXPECT_FALSE(fs::exists(folder() / "ward.yaml"));
}

TEST_F(DataInit, RefusesNamesThatNoCardCanHave) {
  EXPECT_EQ(data({"init", "ward.txt"}).status, 2);
  EXPECT_EQ(data({"init", "--name", "../ward"}).status, 2);
  EXPECT_TRUE(fs::is_empty(folder()));
}

}  // namespace
}  // namespace osler::test
