#pragma once

#include <stop_token>
#include <string>

#include "osler/core/error.h"
#include "osler/engine/openai/server.h"
#include "osler/engine/openai/traffic.h"

namespace osler::openai {

/// Asks a server what it is and what it serves. One that is not there yet, or still loads its model, is waited for as
/// long as the settings' patience lasts.
[[nodiscard]] Result<ServerFacts> probe(const Endpoint& endpoint, const TrafficSettings& settings,
                                        const std::stop_token& stop);

}  // namespace osler::openai
