#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "osler/core/error.h"

namespace osler {

using Json = nlohmann::json;

/// Parses one JSON text. On failure the error names the byte; `place` says which file and record the text is from.
/// A UTF-8 byte order mark at the start is skipped; nesting deeper than 512 levels is an error.
[[nodiscard]] Result<Json> parse_json(std::string_view text, Place place);

/// Reads and parses a JSON file.
[[nodiscard]] Result<Json> read_json(const std::filesystem::path& path);

/// Calls `accept` for every non-empty line of a JSON Lines file, with its 1-based line number. One line is in memory.
/// Stops at the first failure, of the file or of `accept`.
[[nodiscard]] Status for_each_json_line(const std::filesystem::path& path,
                                        const std::function<Status(Json&& value, std::uint64_t line)>& accept);

/// The whole number from 0 under a key. Throws Json::exception, as at() and get() do, where there is none: those would
/// read -1 as a very large count, and 1e300 as anything.
[[nodiscard]] std::uint64_t count_at(const Json& object, const char* key);

/// Serialises on one line; bytes that are not UTF-8 become U+FFFD, so this never fails.
[[nodiscard]] std::string dump_json(const Json& value, int indent = -1);

}  // namespace osler
