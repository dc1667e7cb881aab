#pragma once

#include <CLI/CLI.hpp>

#include "osler/cli/commands.h"

namespace osler::cli {

/// The subcommands of `osler data`, one file each.
void add_data_check(CLI::App& data, Action& action);
void add_data_get(CLI::App& data, Action& action);
void add_data_list(CLI::App& data, Action& action);
void add_data_init(CLI::App& data, Action& action);
void add_data_show(CLI::App& data, Action& action);

}  // namespace osler::cli
