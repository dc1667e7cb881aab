// Docs show commands that a test runs: every line "$ osler ..." in a ```console block of README.md and docs/*.md is
// run, in the order of the file, and must end with status 0 (or the status after "# exit "). A block whose info
// string is "console data" needs the real files; "console norun" is not run (it needs a GPU, a hub or a real model).
// The commands of a document run in one folder, in which ward/ is tests/fixtures/ward and open/ is tests/fixtures/open.
// In a block "console exact" every line below a command must be among those that it prints, in that order; "..." stands
// for any lines.

#include <gtest/gtest.h>

#include <algorithm>
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
  bool exact = false;
  std::vector<std::string> shown;  ///< What stands below it.
};

constexpr const char* kCommand = "$ osler ";

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
    const bool runs = block == "console" || block == "console data" || block == "console exact";
    if (!runs) continue;
    if (line.starts_with(kCommand)) {
      commands.push_back(
          {file.filename().string(), number, line.substr(2), block == "console data", block == "console exact", {}});
    } else if (!line.empty() && !commands.empty()) {
      commands.back().shown.push_back(line);
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

/// The shown lines must come in this order; spaces at the end do not count.
void expect_shown(const DocCommand& command, const std::string& printed) {
  std::istringstream stream(printed);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  auto at = lines.begin();
  for (const auto& shown : command.shown) {
    if (shown == "...") continue;
    at = std::find(at, lines.end(), shown);
    if (at == lines.end()) {
      ADD_FAILURE() << command.file << ":" << command.line << ": does not print '" << shown << "' there, but:\n"
                    << printed;
      return;
    }
    ++at;
  }
}

TEST(Docs, EveryCommandShownRuns) {
  const auto data = real_data_folder();
  std::size_t ran = 0;
  std::size_t skipped = 0;
  for (const auto& file : documents()) {
    const TemporaryFolder folder;
    for (const char* name : {"ward", "open"}) {
      fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures" / name, folder.path() / name, fs::copy_options::recursive);
    }
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
      if (command.exact) expect_shown(command, result.out);
      ++ran;
    }
  }
  EXPECT_GE(ran, 5U);
  if (skipped > 0) GTEST_SKIP() << skipped << " commands need the real data; " << ran << " ran";
}

TEST(Docs, TheCardShownIsTheOneThatRuns) {
  std::ostringstream page;
  page << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "docs/your-own-benchmark.md").rdbuf();
  for (const char* name : {"ward.yaml", "items.csv"}) {
    std::ostringstream text;
    text << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward" / name).rdbuf();
    ASSERT_FALSE(text.str().empty()) << name;
    EXPECT_NE(page.str().find("\n" + text.str() + "```"), std::string::npos) << name;
  }
}

/// The keys that are known where `card` has one that is not, as the error lists them.
std::vector<std::string> known_keys(const std::string& card) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "ward.yaml") << card;
  const auto result = run_command({std::string(OSLER_BINARY_DIR) + "/bin/osler", "data", "check", "ward.yaml"},
                                  {.folder = folder.path()});
  constexpr std::string_view kList = "known here: ";
  const auto at = result.err.find(kList);
  if (at == std::string::npos) return {};
  std::istringstream list(result.err.substr(at + kList.size()));
  std::vector<std::string> keys;
  for (std::string key; list >> key;) keys.push_back(key.substr(0, key.find(',')));
  return keys;
}

TEST(Docs, EveryKeyOfACardIsExplained) {
  std::ostringstream page;
  page << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "docs/your-own-benchmark.md").rdbuf();
  const std::string form = "name: w\nforms:\n  - name: f\n    format: csv\n    files: {test: [a]}\n    id: '{a}'\n    ";
  const std::string rest = "question: q\n    answer: {column: a}\n    ";
  const std::vector<std::string> unknown{"qqqqqqqq: 1\n",
                                         form + "qqqqqqqq: 1\n",
                                         form + "hub: {qqqqqqqq: 1}\n",
                                         form + "question: {column: a, qqqqqqqq: 1}\n",
                                         form + "question: q\n    answer: {column: a, qqqqqqqq: 1}\n",
                                         form + rest + "images: {qqqqqqqq: 1}\n",
                                         form + rest + "options: {qqqqqqqq: 1}\n",
                                         form + rest + "kinds: [{qqqqqqqq: 1}]\n",
                                         form + rest + "kinds: [{kind: open}]\n    strata: {s: {qqqqqqqq: 1}}\n",
                                         form + rest + "kinds: [{kind: open}]\n    capability: {qqqqqqqq: 1}\n",
                                         form + rest + "kinds: [{kind: open}]\n    expect: {test: {qqqqqqqq: 1}}\n"};
  for (const auto& card : unknown) {
    const auto keys = known_keys(card);
    EXPECT_GE(keys.size(), 2U) << card;
    for (const auto& key : keys) {
      bool explained = false;
      for (const auto& form_of_key : {"`" + key + "`", "`" + key + ": ", key + ": ", "\"" + key + "\":"}) {
        explained = explained || page.str().find(form_of_key) != std::string::npos;
      }
      EXPECT_TRUE(explained) << key << " of\n" << card;
    }
  }
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
