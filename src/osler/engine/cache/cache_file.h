#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/storage/sqlite.h"

/// The file that a cache is: an SQLite database with a mark of Osler's.
///
///     models     id, fingerprint (engine_fingerprint), engine, name (the first that it was seen by), identity (JSON),
///     hits responses  id (rises with time), key (request_key), model, kept (Unix time), checksum, value
///     (pack_response)
namespace osler::cache_file {

/// A cache of vectors is a file of its own, with another mark: vectors are large, and can all be made again.
///
///     embeddings  id, key (embedding_key), kept, checksum, value (32-bit floats, the lowest byte first)
enum class Kind { responses, embeddings };

/// How long anything waits for what another process has locked.
inline constexpr std::chrono::milliseconds kPatience{10'000};

/// $XDG_CACHE_HOME/osler/responses.sqlite, else ~/.cache/osler/responses.sqlite; nothing where neither is known.
/// Vectors lie beside it in embeddings.sqlite.
[[nodiscard]] std::optional<std::filesystem::path> default_path(Kind kind = Kind::responses);

/// Opens a cache; with Mode::create one that is missing is made. A file that is something else, or a cache of another
/// version, is never touched: ErrorCode::malformed or unsupported, with the way out. ErrorCode::not_found where there
/// is none.
[[nodiscard]] Result<SqliteDatabase> open(const std::filesystem::path& file, SqliteDatabase::Mode mode,
                                          std::chrono::milliseconds patience = kPatience, Kind kind = Kind::responses);

/// What is stored beside a value: half of the SHA-256 of key and value, so that neither damage nor a value at another
/// key's place goes unseen.
[[nodiscard]] std::string checksum(std::string_view key, std::string_view value);

/// Now, in seconds since 1970.
[[nodiscard]] std::int64_t now();

}  // namespace osler::cache_file
