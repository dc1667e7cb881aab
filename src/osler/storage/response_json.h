#pragma once

#include <string_view>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/storage/json.h"

namespace osler {

/// One line of a journal. A text that is not UTF-8 stands twice: readable in `text` (with U+FFFD), exact in
/// `text_base64`, so that the response stays untouched. Logarithms come back to the last bit, those that are not finite
/// as NaN; `option_scores` and `letter_marks` are lists of objects, and there only where there are any.
[[nodiscard]] Json response_to_json(const Response& response);

/// A time as a line has it: three decimals are enough, and keep a journal readable.
[[nodiscard]] double journal_ms(double milliseconds);

/// Reads what response_to_json wrote, and any object with `id` and `text`; other fields are optional.
[[nodiscard]] Result<Response> response_from_json(const Json& value, const Place& place);

/// As response_from_json of the line's JSON, and many times as fast where the line is written as Osler writes it.
/// `response` holds the result, in the memory of what it held before, or after a failure anything.
[[nodiscard]] Status read_response_line(std::string_view line, const Place& place, Response& response);

}  // namespace osler
