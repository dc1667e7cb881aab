#include "osler/cli/run_options.h"

#include <utility>

#include "osler/cli/model_card_options.h"

namespace osler::cli {
namespace {

/// Which items of which benchmarks.
void add_item_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("-b,--benchmark", options.names,
                  "Row sets: BENCHMARK[:SPLIT][/SUBSET], several as a,b; a suite (liu2025); all; or the path of a card")
      ->required();
  command.add_option("-d,--data", options.data,
                     "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command.add_option("-p,--protocol", options.protocol, "How to ask and grade (default: the benchmark's own)");
  command
      .add_option("--max-new-tokens", options.max_new_tokens,
                  "The longest answer, in place of the protocol's: a reasoning model may need more")
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("-o,--out", options.out, "Folder for results")->capture_default_str();
  command.add_option("-n,--limit", options.limit, "Only the first N items")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command.add_option("--split", options.rows.split, "Split of the benchmark (default: test)");
  command.add_option("--form", options.rows.form, "Form on disk to use, when several are there");
  command.add_option("--subset", options.rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command
      .add_option_function<std::string>(
          "--capability", [&options](const std::string& name) { options.rows.capability = capability_from(name); },
          "Only understanding or only reasoning items, by the benchmark or by --labels")
      ->check(CLI::IsMember({"understanding", "reasoning"}));
  command.add_option("--labels", options.labels,
                     "Capability labels of items that the benchmark does not label, as 'osler capability label' wrote "
                     "them: their folder or a file");
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("-m,--model", options.model,
                  "A model: path.gguf, hf:ORG/NAME[:QUANT], a model card's name, openai:NAME as a server has it, or "
                  "replay:FILE for recorded responses")
      ->required();
  add_card_option(command, options);
  add_item_options(command, options);
  command
      .add_option_function<std::string>(
          "--ablate",
          [&options](const std::string& name) { options.ablation = ablation_from(name).value_or(Ablation::none); },
          "Control run: withhold every image, show another item's, or put the options in their other cyclic orders")
      ->check(CLI::IsMember({"no-image", "shuffled-image", "permuted"}));
  command.add_flag("--retry-errors", options.retry_errors, "Ask again what came out as an error before");
  command.add_option("--max-megapixels", options.max_megapixels, "Refuse larger images")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command.add_option(
      "--verify-sharing", options.verify_sharing,
      "After a run with --batch, ask N of its items again one by one, and count the answers that differ");
  add_cache_options(command, options.cache);
  add_engine_options(command, options);
}

Status resolve_benchmarks(RunOptions& options) {
  auto names = expand_row_set_names(options.names);
  if (!names) return pass(names);
  options.benchmarks = std::move(*names);
  return {};
}

}  // namespace osler::cli
