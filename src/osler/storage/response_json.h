#pragma once

#include <string_view>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/storage/json.h"

namespace osler {

/// One line of a journal. A text that is not UTF-8 stands twice: readable in `text` (with U+FFFD), exact in
/// `text_base64`, so that the response stays untouched.
[[nodiscard]] Json response_to_json(const Response& response);

/// Reads what response_to_json wrote, and any object with `id` and `text`; other fields are optional.
[[nodiscard]] Result<Response> response_from_json(const Json& value, const Place& place);

}  // namespace osler
