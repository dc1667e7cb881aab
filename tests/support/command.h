#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace osler::test {

/// What a program printed and how it ended.
struct CommandResult {
  int status = -1;  ///< Exit status, or 128 + signal.
  std::string out;
  std::string err;
};

struct CommandOptions {
  /// Added to this process's. XDG_CACHE_HOME is an empty folder of the command's own unless it is set here.
  std::map<std::string, std::string> environment = {};
  std::filesystem::path folder = {};  ///< Where it runs; empty: here.
  int interrupt_after_ms = -1;        ///< Send SIGINT after this time; negative: do not.
};

/// Runs a program to its end, without a shell.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& arguments, const CommandOptions& options = {});

/// The text with every run of white space as one space: reports wrap their foot where the line is full.
[[nodiscard]] std::string unwrapped(const std::string& text);

/// The real benchmark files: $OSLER_TEST_DATA, else ../shared/data beside the sources; empty if neither is there.
[[nodiscard]] std::filesystem::path real_data_folder();

}  // namespace osler::test
