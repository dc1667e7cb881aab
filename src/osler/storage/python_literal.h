#pragma once

#include <string_view>

#include "osler/core/error.h"
#include "osler/storage/json.h"

namespace osler {

/// Reads a Python literal as `repr` writes it and `ast.literal_eval` reads it: strings in single or double quotes (also
/// with the prefixes r and u, and adjacent ones joined), numbers, True, False, None, lists, tuples (as arrays) and
/// dicts with string keys (as objects). Escapes: \\ \' \" \n \r \t \a \b \f \v \0 (octal) \xNN \uNNNN \UNNNNNNNN and a
/// backslash before a line end; an unknown escape keeps its backslash, as in Python. Linear time; nesting deeper than
/// 64 levels is an error. The error names the byte in `text`; `place` says which file and record it is from.
[[nodiscard]] Result<Json> parse_python_literal(std::string_view text, Place place);

}  // namespace osler
