#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "osler/cli/engines.h"
#include "osler/core/error.h"
#include "osler/model/model_card.h"

namespace osler::cli {

/// How a model on a hub begins: "hf:org/name[:quant][@revision]".
inline constexpr std::string_view kHubModel = "hf:";

/// "hf:org/name:Q8_0": where a card's GGUF files are, as --model takes it.
[[nodiscard]] std::string hub_model_of(const GgufSource& gguf);

/// Where a model's name is that of a card, puts the card's GGUF files in its place and returns the card. A card that
/// has none is an error whose way out is the server that runs the model.
[[nodiscard]] Result<std::optional<ModelCard>> name_hub_model(EngineOptions& options);

/// Fetches a model that is on a hub, as far as the Hugging Face cache does not have it, and puts its files into the
/// options; options of any other model stay. Offline, or where the hub cannot be asked, what is in the cache is taken,
/// which is said on standard error.
[[nodiscard]] Status fetch_hub_model(EngineOptions& options, const std::stop_token& stop);

}  // namespace osler::cli
