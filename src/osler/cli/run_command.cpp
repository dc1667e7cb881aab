#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/model_card_options.h"
#include "osler/cli/run_flow.h"

namespace osler::cli {
namespace {

int run_all(RunOptions& options) {
  if (const auto known = resolve_benchmarks(options); !known) return complain(known.error());
  if (const auto taken = take_model_card(options); !taken) return complain(taken.error());
  std::vector<std::filesystem::path> folders;
  const auto status = run_benchmarks(options, folders);
  if (!folders.empty()) {
    const int printed = print_report(folders, report::Format::text, {});
    if (printed != kDone) return printed;
  }
  return status ? kDone : complain(status.error());
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Let a model answer a benchmark, grade the answers, print the table");
  auto options = std::make_shared<RunOptions>();
  add_run_options(*command, *options);
  command->footer(
      "Starting the same command again goes on where it stopped.\n"
      "Example:\n"
      "  osler run --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark vqa-rad --data ~/data/vqa-rad --subset closed\n"
      "  osler run --model hf:ggml-org/Qwen2.5-VL-7B-Instruct-GGUF:Q8_0 --benchmark liu2025 --data ~/data");
  command->callback([&action, options] { action = [options] { return run_all(*options); }; });
}

}  // namespace osler::cli
