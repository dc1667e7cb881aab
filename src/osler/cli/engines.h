#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "osler/cli/server_options.h"
#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/planner.h"

namespace osler::cli {

/// What the options of a command say about the model that answers.
struct EngineOptions {
  std::string model;
  std::string hub_projector;                  ///< The projector's file in a model's repository; empty: the nearest.
  std::map<std::string, std::string> source;  ///< Where the model came from, for the manifest.
  std::string extra_body;                     ///< A JSON object for every request to a server; empty: nothing.
  LlamaOptions llama;
  ServerOptions server;
  std::optional<std::int32_t> parallel = {};  ///< Answers in the making at once; empty: as the engine has it.
  std::int32_t workers = 1;                   ///< Processes that answer.
  std::uint32_t stall_timeout = 900;          ///< Seconds without a sign of life, after which a worker is replaced.
  bool in_process = false;                    ///< Without workers.
  bool verbose = false;
};

/// Declares the options of the engines, all but --model: every command has words of its own for that.
void add_engine_options(CLI::App& command, EngineOptions& options);

/// Whether recorded responses answer, and no model.
[[nodiscard]] bool is_recorded(const EngineOptions& options);

/// Whether a server answers.
[[nodiscard]] bool is_served(const EngineOptions& options);

/// Opens the engine that the model's name asks for; shows how far loading is.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options, const std::stop_token& stop);

/// Opens what says beforehand how open_engine()'s engine will fare; recorded responses need no plan.
[[nodiscard]] Result<std::unique_ptr<Planner>> open_planner(const EngineOptions& options, const std::stop_token& stop);

}  // namespace osler::cli
