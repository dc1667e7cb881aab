#pragma once

#include <functional>

#include "osler/dataset/rows.h"

namespace osler {

/// The rows of a JSON file, see for_each_row. Brackets and quotes alone say where a record ends; then it is parsed, so
/// an error may come after rows that were good. Errors of syntax name the byte in the file.
[[nodiscard]] Status for_each_json_row(ByteStream& stream, const RowFormat& format,
                                       const std::function<Status(Row&&)>& accept);

/// The rows of a JSON Lines file. Errors name the line.
[[nodiscard]] Status for_each_json_line_row(ByteStream& stream, const RowFormat& format,
                                            const std::function<Status(Row&&)>& accept);

}  // namespace osler
