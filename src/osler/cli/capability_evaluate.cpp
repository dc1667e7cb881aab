#include <iostream>
#include <memory>

#include "osler/capability/classifier_file.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/common.h"

namespace osler::cli {
namespace {

int evaluate(const CapabilityOptions& options) {
  const auto evaluated = evaluate_on(options);
  if (!evaluated) return complain(evaluated.error());
  if (options.json) {
    std::cout << dump_json(capability::evaluation_json(evaluated->evaluation), 2) << '\n';
  } else {
    std::cout << evaluation_text(*evaluated);
  }
  return kDone;
}

}  // namespace

void add_capability_evaluate(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("evaluate", "How well they are told apart, by nested cross-validation");
  auto options = std::make_shared<CapabilityOptions>();
  add_item_options(*command, *options);
  add_embedding_options(*command, *options);
  command->add_option("--fold-seed", options->seed, "Deals the folds and draws the intervals")->capture_default_str();
  command->add_flag("--json", options->json, "One object for programs");
  command->footer("Example:\n  osler capability evaluate --benchmark medxpertqa-mm");
  command->callback([&action, options] { action = [options] { return evaluate(*options); }; });
}

}  // namespace osler::cli
