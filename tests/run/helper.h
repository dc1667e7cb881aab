#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "run/support.h"

namespace osler::test {

/// A run in a process of its own, which can be killed or put on short rations.
struct HelperSettings {
  std::filesystem::path images;
  std::filesystem::path folder;
  std::filesystem::path asked;  ///< A line is appended for every item when it is asked.
  std::size_t items = 40;
  std::size_t delay_us = 0;      ///< For one answer.
  std::size_t answer_bytes = 0;  ///< Answers are padded to this.
  std::size_t file_limit = 0;    ///< No file may grow beyond it; 0: no limit.
};

/// The run that a helper does, for the same in this process.
[[nodiscard]] RunSpec helper_spec(const HelperSettings& settings);
void prepare_helper_engine(const HelperSettings& settings, ScriptedEngine& engine);

/// Starts this binary again as a helper and returns its process id.
[[nodiscard]] int start_helper(const HelperSettings& settings);

/// Waits for it; 0 when the run was complete, 1 when it failed (its sentence is in `complaint`), 128 + signal.
[[nodiscard]] int wait_for(int process);

/// Where a helper leaves its sentence.
[[nodiscard]] std::filesystem::path complaint_file(const HelperSettings& settings);

/// What main does with "--run-helper ...".
[[nodiscard]] int helper_main(int argc, char** argv);

}  // namespace osler::test
