// osler audit, as a user types it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/command.h"

namespace osler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class AuditCommand : public testing::Test {
 protected:
  [[nodiscard]] CommandResult audit(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {std::string(OSLER_BINARY_DIR) + "/bin/osler", "audit"});
    return run_command(arguments, {.folder = folder_.path()});
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_.path() / name) << text; }

  TemporaryFolder folder_;
};

TEST_F(AuditCommand, TheStudysTableIsAudited) {
  const auto result = audit({"liu2025", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto report = json::parse(result.out);
  std::map<std::string, std::pair<int, int>> counts;
  for (const auto& row : report["summary"]) counts[row["check"]] = {row["checked"], row["failed"]};
  EXPECT_EQ(counts["range"], std::pair(70, 27));
  EXPECT_EQ(counts["claim"], std::pair(1, 1));
  for (const auto& check : report["checks"]) {
    EXPECT_TRUE(check["ok"].is_boolean() || check["ok"].is_null());
    EXPECT_FALSE(check["detail"].get<std::string>().empty());
  }
}

TEST_F(AuditCommand, GivenItemsAndClaimsAreHeldAgainstTheTable) {
  write("t.csv", "model,x,y\nA,0.57,0.5\nB,0.50,0.6\n");
  write("n.csv", "benchmark,n\nx,10\n");
  const auto result = audit({"t.csv", "--n", "n.csv", "--claim", "A < B", "--format", "markdown"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("| grim | 2 | 1 |"));
  EXPECT_THAT(result.out, HasSubstr("| claim | 1 | 1 |"));
}

TEST_F(AuditCommand, WhatCannotBeAuditedIsNamed) {
  write("counts.csv", "dataset,count\nx,3\n");
  write("readme.md", "| model | x |\n|---|---|\n| A | 5 |\n");
  const auto markdown = audit({"readme.md"});
  EXPECT_EQ(markdown.status, 1);
  EXPECT_THAT(markdown.err, HasSubstr("neither a .csv nor a .tsv"));
  EXPECT_EQ(audit({"counts.csv"}).status, 1);
  EXPECT_THAT(audit({"counts.csv"}).err, HasSubstr("no column 'model'"));
  EXPECT_EQ(audit({"nothing"}).status, 2);
  EXPECT_EQ(audit({"liu2025", "--claim", "nonsense"}).status, 2);
  EXPECT_EQ(audit({"missing.csv"}).status, 1);
}

}  // namespace
}  // namespace osler::test
