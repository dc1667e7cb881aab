#pragma once

#include <duckdb.h>

#include <memory>
#include <string>

#include "osler/core/error.h"

/// What the files that call DuckDB's C interface share; for these files only.
namespace osler {

/// Owns one of DuckDB's C handles; Destroy is the library's own function for it.
template <class Handle, void (*Destroy)(Handle*)>
class Owned {
 public:
  Owned() = default;
  explicit Owned(Handle made) : handle(made) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { Destroy(&handle); }
  Handle handle{};
};

/// A result; it is destroyed whether its query succeeded or not.
struct OwnedResult {
  OwnedResult() = default;
  OwnedResult(const OwnedResult&) = delete;
  OwnedResult& operator=(const OwnedResult&) = delete;
  ~OwnedResult() { duckdb_destroy_result(&result); }
  duckdb_result result{};
};

/// A database in memory and the connection to it.
struct DuckdbConnection {
  Owned<duckdb_database, duckdb_close> database;
  Owned<duckdb_connection, duckdb_disconnect> connection;
};

[[nodiscard]] Result<std::unique_ptr<DuckdbConnection>> connect_duckdb();

/// The first line of DuckDB's message, as a failure.
[[nodiscard]] tl::unexpected<Error> sql_failure(const char* message);

}  // namespace osler
