#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"

namespace osler {

/// The benchmarks whose cards travel in the binary, by name.
[[nodiscard]] std::vector<std::string> benchmark_names();

/// A benchmark by name, or by the path of a card of the user's own (anything that ends in .yaml or .yml).
[[nodiscard]] Result<Card> find_card(const std::string& name_or_path);

}  // namespace osler
