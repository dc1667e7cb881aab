#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// One record of a CSV or TSV text.
struct Record {
  std::uint64_t line = 0;  ///< Where it starts, 1-based.
  std::vector<std::string> fields;
};

/// Calls `accept` for the header and then every record of a text in the manner of RFC 4180, as Python's csv module
/// reads it: a quoted field may hold delimiters, line ends and doubled quotes; empty lines are passed over.
/// Nothing is guessed: no comments, no title lines, no missing values. A record with more or fewer fields than the
/// header, an open quote at the end and bytes that are not UTF-8 are errors that name the line; `file` is what they
/// call the text.
[[nodiscard]] Status for_each_record(std::string_view text, char delimiter, const std::string& file,
                                     const std::function<Status(Record&&)>& accept);

}  // namespace osler
