#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/engines.h"
#include "osler/cli/run_flow.h"

namespace osler::cli {
namespace {

int run_all(RunOptions& options, const std::vector<std::string>& benchmarks) {
  auto names = expand_row_set_names(benchmarks);
  if (!names) return complain(names.error());
  options.benchmarks = std::move(*names);
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
  auto benchmarks = std::make_shared<std::vector<std::string>>();
  auto capability = std::make_shared<std::string>();
  auto ablation = std::make_shared<std::string>();
  command->add_option("-m,--model", options->model, "A model: path.gguf, or replay:FILE for recorded responses")
      ->required();
  command
      ->add_option(
          "-b,--benchmark", *benchmarks,
          "Row sets: BENCHMARK[:SPLIT][/SUBSET], several as a,b; a suite (liu2025); all; or the path of a card")
      ->required();
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("-p,--protocol", options->protocol, "How to ask and grade (default: the benchmark's own)");
  command->add_option("-o,--out", options->out, "Folder for results")->capture_default_str();
  command->add_option("-n,--limit", options->limit, "Only the first N items")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_option("--capability", *capability, "Only understanding or only reasoning items")
      ->check(CLI::IsMember({"understanding", "reasoning"}));
  command->add_option("--ablate", *ablation, "Control run: withhold every image, or show another item's")
      ->check(CLI::IsMember({"no-image", "shuffled-image"}));
  command->add_flag("--retry-errors", options->retry_errors, "Ask again what came out as an error before");
  command->add_option("--max-megapixels", options->max_megapixels, "Refuse larger images")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_option(
      "--verify-sharing", options->verify_sharing,
      "After a run with --batch, ask N of its items again one by one, and count the answers that differ");
  add_engine_options(*command, *options);
  command->footer(
      "Starting the same command again goes on where it stopped.\n"
      "Example:\n"
      "  osler run --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark vqa-rad --data ~/data/vqa-rad --subset closed\n"
      "  osler run --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark liu2025 --data ~/data");
  command->callback([&action, options, benchmarks, capability, ablation] {
    options->rows.capability = capability_from(*capability);
    options->ablation = ablation_from(*ablation).value_or(Ablation::none);
    action = [options, benchmarks] { return run_all(*options, *benchmarks); };
  });
}

}  // namespace osler::cli
