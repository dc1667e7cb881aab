#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/model_card_options.h"
#include "osler/cli/plan_flow.h"
#include "osler/cli/plan_view.h"

namespace osler::cli {
namespace {

int print_plan(PlanOptions& options, bool json) {
  if (const auto known = resolve_benchmarks(options); !known) return complain(known.error());
  if (const auto taken = take_model_card(options); !taken) return complain(taken.error());
  const auto plan = plan_benchmarks(options);
  if (!plan) return complain(plan.error());
  std::cout << (json ? plan_json(*plan) : plan_text(*plan));
  return kDone;
}

}  // namespace

void add_plan_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("plan", "What a run would compute, and how much memory and time that takes");
  auto options = std::make_shared<PlanOptions>();
  auto json = std::make_shared<bool>(false);
  add_run_options(*command, *options);
  command
      ->add_option("--answer-tokens", options->answer_tokens,
                   "Tokens that an answer is taken to have (default: as those of the sample)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  auto* no_measure = command->add_flag_callback(
      "--no-measure", [options] { options->measure = false; }, "Count only: no picture is encoded, no time is told");
  no_measure->excludes("--answer-tokens");
  command->add_flag("--json", *json, "One object for programs");
  command->footer(
      "Takes the options of 'osler run' and answers nothing: prompts are counted, and a few items are measured for "
      "some\n"
      "seconds.\n"
      "Example:\n"
      "  osler plan --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark liu2025 --data ~/data\n"
      "  osler plan --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark slake --batch --answer-tokens 300");
  command->callback([&action, options, json] { action = [options, json] { return print_plan(*options, *json); }; });
}

}  // namespace osler::cli
