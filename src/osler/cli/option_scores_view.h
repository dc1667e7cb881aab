#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "osler/core/grade.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler::cli {

/// How likely the model found each option, as a table for people: natural logarithms of the letter and of the text, the
/// latter also per byte and less the unconditional one, and which option was chosen. Empty without scores.
[[nodiscard]] std::string option_scores_text(const Item& item, const Response& response, const Grade& grade);

/// The same as a list of objects; numbers that are not finite are null.
[[nodiscard]] nlohmann::ordered_json option_scores_json(const Item& item, const Response& response, const Grade& grade);

}  // namespace osler::cli
