#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/openai/openai_engine.h"

namespace osler::cli {

/// How `--model` names a model that is served.
inline constexpr std::string_view kServed = "openai:";

/// What the options of a command say about servers.
struct ServerOptions {
  std::vector<std::string> base_urls;  ///< Empty: $OPENAI_BASE_URL.
  std::string api_key_file;            ///< Empty: $OPENAI_API_KEY.
  bool insecure_http = false;
  std::string extra_body;  ///< As it was given.
  bool no_logprobs = false;
  std::uint32_t patience = 300;          ///< Seconds.
  std::uint32_t request_timeout = 3600;  ///< Seconds.
};

void add_server_options(CLI::App& command, ServerOptions& options);

/// Opens the engine for the model that is served under this name. `card_extra_body` is the model card's: what was
/// given as an option goes over it, key by key.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_served(const std::string& served_name, const ServerOptions& options,
                                                          std::optional<std::int32_t> parallel,
                                                          std::uint32_t first_byte_timeout,
                                                          const std::string& card_extra_body,
                                                          const std::stop_token& stop);

/// What those options come to; reads key and address from file and environment.
[[nodiscard]] Result<OpenAiOptions> served_options(const std::string& served_name, const ServerOptions& options,
                                                   std::optional<std::int32_t> parallel,
                                                   std::uint32_t first_byte_timeout,
                                                   const std::string& card_extra_body);

}  // namespace osler::cli
