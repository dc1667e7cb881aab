#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/openai/openai_engine.h"
#include "osler/engine/openai/server.h"
#include "osler/engine/openai/traffic.h"

/// What all that speak to servers do first.
namespace osler::openai {

/// What a server serves, without the folders or the organisation before it: fit for a folder's name.
[[nodiscard]] std::string short_name(const std::string& served);

/// The servers' addresses, looked at: ErrorCode::usage for what is none, for plain http to another machine unless it is
/// allowed, for a key that is none, and where there is no address at all.
[[nodiscard]] Result<std::vector<Endpoint>> endpoints_of(const OpenAiOptions& options);

/// Fails with ErrorCode::usage where `extra_body` is no object, or sets what is not its own.
[[nodiscard]] Result<TrafficSettings> settings_of(const OpenAiOptions& options);

/// Asks all servers what they are, as probe() does. Replicas must be alike (ErrorCode::mismatch): which of them answers
/// an item is chance.
[[nodiscard]] Result<ServerFacts> probe_all(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings,
                                            const std::stop_token& stop);

}  // namespace osler::openai
