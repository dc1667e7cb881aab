#include "osler/cli/capability_commands.h"
#include "osler/cli/commands.h"

namespace osler::cli {

void add_capability_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("capability", "Tell understanding from reasoning, and say how well");
  command->require_subcommand(1);
  command->footer(
      "Example:\n"
      "  osler capability evaluate --benchmark medxpertqa-mm --data ~/data\n"
      "  osler capability train --benchmark medxpertqa-mm --data ~/data --output capability.json\n"
      "  osler capability label --benchmark slake --data ~/data --classifier capability.json --output labels\n"
      "  osler run --model MODEL.gguf --benchmark slake --data ~/data --labels labels");
  add_capability_train(*command, action);
  add_capability_evaluate(*command, action);
  add_capability_label(*command, action);
  add_capability_sample(*command, action);
}

}  // namespace osler::cli
