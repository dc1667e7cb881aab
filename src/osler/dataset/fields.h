#pragma once

#include <optional>
#include <string>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/dataset/rows.h"
#include "osler/storage/json.h"

namespace osler {

/// The value of a column, or of a way through objects ("misc.question_type"; a column of just that name goes before).
/// Null if it is not there.
[[nodiscard]] const Json* field_of(const Json& fields, const std::string& column);

/// A value as text: strings as they are, numbers without quotes, null as "".
[[nodiscard]] std::string text_of_value(const Json& value);

/// A column's value as text; missing: "".
[[nodiscard]] std::string text_of(const Json& fields, const std::string& column);

/// The file name of a picture, which evaluation files also write as {"image_path": "MM-0-a.jpeg"}. Nothing if there is
/// none in the value.
[[nodiscard]] std::optional<std::string> picture_file_name(const Json& value);

/// True if the row meets the condition.
[[nodiscard]] bool matches(const Match& match, const Json& fields);

/// Turns the texts of the form's literal columns into the values that they spell. Cells that are values already are
/// left alone, and so is a text that spells none: what is wrong with it is among the results.
[[nodiscard]] std::vector<std::string> read_literals(const Form& form, Json& fields);

}  // namespace osler
