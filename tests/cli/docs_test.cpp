// Docs show commands that a test runs: every line "$ osler ..." in a ```console block of README.md and docs/*.md is
// run, in the order of the file, and must end with status 0 (or the status after "# exit "). A block whose info
// string is "console data" needs the real files; "console norun" is not run (it needs a GPU, a hub or a real model).

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;

struct DocCommand {
  std::string file;
  std::size_t line = 0;
  std::string command;
  bool needs_data = false;
};

std::vector<DocCommand> commands_in(const fs::path& file) {
  std::vector<DocCommand> commands;
  std::ifstream stream(file);
  std::string block;
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.starts_with("```")) {
      block = block.empty() ? line.substr(3) : "";
      continue;
    }
    const bool runs = block == "console" || block == "console data";
    if (runs && line.starts_with("$ osler ")) {
      commands.push_back({file.filename().string(), number, line.substr(2), block == "console data"});
    }
  }
  return commands;
}

std::vector<fs::path> documents() {
  std::vector<fs::path> files{fs::path(OSLER_SOURCE_DIR) / "README.md"};
  for (const auto& entry : fs::directory_iterator(fs::path(OSLER_SOURCE_DIR) / "docs")) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Docs, EveryCommandShownRuns) {
  const auto data = real_data_folder();
  std::size_t ran = 0;
  std::size_t skipped = 0;
  for (const auto& file : documents()) {
    const TemporaryFolder folder;
    for (const auto& command : commands_in(file)) {
      if (command.needs_data && data.empty()) {
        ++skipped;
        continue;
      }
      const auto result = run_command(
          {"bash", "-c", command.command},
          {.environment = {{"PATH", std::string(OSLER_BINARY_DIR) + "/bin:/usr/bin:/bin"}, {"DATA", data.string()}},
           .folder = folder.path()});
      const auto mark = command.command.find("# exit ");
      const int expected = mark == std::string::npos ? 0 : std::stoi(command.command.substr(mark + 7));
      EXPECT_EQ(result.status, expected) << command.file << ":" << command.line << ": " << command.command << "\n"
                                         << result.err;
      ++ran;
    }
  }
  EXPECT_GE(ran, 5U);
  if (skipped > 0) GTEST_SKIP() << skipped << " commands need the real data; " << ran << " ran";
}

/// Every number as N and every gap as one space: instruction sets differ in the last bits of a sum, and with them a
/// few answers of a model that guesses; the shape of the table does not.
std::string shape_of(const std::string& text) {
  std::string shape;
  for (const char c : unwrapped(text)) {
    const bool digit = (c >= '0' && c <= '9') || c == '.';
    if (!digit) {
      shape += c;
    } else if (shape.empty() || shape.back() != 'N') {
      shape += 'N';
    }
  }
  return shape;
}

TEST(Docs, TheTableInTheReadmeHasTheShapeThatTheDemoPrints) {
  const TemporaryFolder folder;
  const auto result = run_command({std::string(OSLER_BINARY_DIR) + "/bin/osler", "demo"}, {.folder = folder.path()});
  ASSERT_EQ(result.status, 0) << result.err;
  std::ostringstream readme;
  readme << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "README.md").rdbuf();
  // A row set's hash does not depend on the machine.
  const auto hash = result.out.find("hash ");
  ASSERT_NE(hash, std::string::npos);
  EXPECT_NE(readme.str().find(result.out.substr(hash, 17)), std::string::npos) << result.out.substr(hash, 17);
  const std::string shape = shape_of(readme.str());
  std::istringstream table(result.out);
  for (std::string line; std::getline(table, line) && !line.starts_with("Protocol");) {
    if (line.find("---") != std::string::npos) continue;
    EXPECT_NE(shape.find(shape_of(line)), std::string::npos) << "README.md does not have: " << line;
  }
}

}  // namespace
}  // namespace osler::test
