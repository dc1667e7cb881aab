#pragma once

#include <CLI/CLI.hpp>

#include "osler/cli/commands.h"

namespace osler::cli {

/// The subcommands of `osler capability`, one file each.
void add_capability_train(CLI::App& capability, Action& action);
void add_capability_evaluate(CLI::App& capability, Action& action);
void add_capability_label(CLI::App& capability, Action& action);
void add_capability_sample(CLI::App& capability, Action& action);

}  // namespace osler::cli
