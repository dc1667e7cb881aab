// osler audit, as a user types it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
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
  write("liu2025", "not this one");
  EXPECT_EQ(audit({"liu2025"}).status, 0) << "a name goes before a file without an ending";
  EXPECT_EQ(audit({"nothing"}).status, 2);
  EXPECT_EQ(audit({"liu2025", "--claim", "nonsense"}).status, 2);
  EXPECT_EQ(audit({"missing.csv"}).status, 1);
}

/// What docs/audit.md says of tables that others published.
TEST_F(AuditCommand, TablesThatOthersPublishedAreReadOrRefusedWithAReason) {
  const auto data = real_data_folder();
  const auto folder = data.parent_path() / "published";
  if (data.empty() || !std::filesystem::is_directory(folder)) GTEST_SKIP() << "the published tables are not here";
  std::map<std::string, std::pair<int, int>> counts;  // checked, failed
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".csv") continue;
    const auto name = entry.path().stem().string();
    const auto result = audit({entry.path().string(), "--json"});
    if (result.status != 0) {
      EXPECT_EQ(name, "foye80_dataset_counts") << result.err;
      EXPECT_THAT(result.err, HasSubstr("no column 'model'"));
      continue;
    }
    const auto report = json::parse(result.out);
    for (const auto& row : report["summary"]) {
      counts[name + " " + row["check"].get<std::string>()] = {row["checked"], row["failed"]};
    }
  }
  EXPECT_EQ(counts["medevalkit_readme_table average"], std::pair(19, 0));
  EXPECT_EQ(counts["qwen_internvl_med_eval_table average"], std::pair(13, 0));
  EXPECT_EQ(counts["medmo_readme_table average"], std::pair(7, 1));
  EXPECT_EQ(counts["foye80_master_metrics grim"], std::pair(72, 0));
  EXPECT_EQ(counts["liu2025 range"], std::pair(70, 27));
}

}  // namespace
}  // namespace osler::test
