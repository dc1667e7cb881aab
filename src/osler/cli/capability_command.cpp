#include "osler/cli/capability_commands.h"
#include "osler/cli/commands.h"

namespace osler::cli {

void add_capability_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("capability", "Tell understanding from reasoning, and how well that is told");
  command->require_subcommand(1);
  command->footer(
      "Example:\n"
      "  osler capability train --benchmark medxpertqa-mm --output capability.json\n"
      "  osler capability label --benchmark vqa-rad --classifier capability.json");
  add_capability_train(*command, action);
  add_capability_evaluate(*command, action);
  add_capability_label(*command, action);
  add_capability_sample(*command, action);
}

}  // namespace osler::cli
