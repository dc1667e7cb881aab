#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "osler/cli/run_options.h"
#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/model/model_card.h"

namespace osler::cli {

/// Declares --card.
void add_card_option(CLI::App& command, RunOptions& options);

/// Finds the model's card (the one of --card, else the one that means the model's name) and takes from it what the
/// options leave open; says on standard error what that is. Options of the command line count more than any card.
[[nodiscard]] Status take_model_card(RunOptions& options);

/// How long an answer may get: --max-new-tokens, else what the protocol says or, if that is more, what the card says
/// that the model's reasoning needs.
void set_answer_length(Decoding& decoding, const RunOptions& options);

}  // namespace osler::cli
