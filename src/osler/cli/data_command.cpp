#include "osler/cli/commands.h"
#include "osler/cli/data_commands.h"

namespace osler::cli {

void add_data_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("data", "Find, check, fetch and look at benchmarks");
  command->require_subcommand(1);
  command->footer("Example:\n  osler data get vqa-rad\n  osler data list\n  osler data check vqa-rad");
  add_data_check(*command, action);
  add_data_get(*command, action);
  add_data_list(*command, action);
  add_data_show(*command, action);
  add_data_init(*command, action);
}

}  // namespace osler::cli
