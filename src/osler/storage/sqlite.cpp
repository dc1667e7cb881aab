#include "osler/storage/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace osler {
namespace {

tl::unexpected<Error> sqlite_failure(int code, std::string_view what, const std::string& file) {
  const int kind = code & 0xFF;  // the rest says more than a user can use
  const bool damaged = kind == SQLITE_NOTADB || kind == SQLITE_CORRUPT;
  return fail(damaged ? ErrorCode::malformed : ErrorCode::io, std::string(what), {file});
}

tl::unexpected<Error> failure_of(sqlite3* database, int code, const std::string& file) {
  return sqlite_failure(code, database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database), file);
}

int flags_for(SqliteDatabase::Mode mode) {
  // Two threads never use one connection at once, so it needs no lock of its own.
  constexpr int kAlways = SQLITE_OPEN_NOMUTEX;
  switch (mode) {
    case SqliteDatabase::Mode::create:
      return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case SqliteDatabase::Mode::existing:
      return kAlways | SQLITE_OPEN_READWRITE;
    case SqliteDatabase::Mode::read_only:
      break;
  }
  return kAlways | SQLITE_OPEN_READONLY;
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void SqliteDatabase::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

// A bind fails only for a parameter that does not exist (our mistake), or a value too large, which step() then tells.
void SqliteStatement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

void SqliteStatement::bind_text(int parameter, std::string_view value) {
  sqlite3_bind_text64(statement_.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void SqliteStatement::bind_blob(int parameter, std::string_view value) {
  sqlite3_bind_blob64(statement_.get(), parameter, value.data(), value.size(), SQLITE_TRANSIENT);
}

Result<bool> SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto failure = failure_of(sqlite3_db_handle(statement_.get()), code, file_);
  reset();
  return failure;
}

Status SqliteStatement::run() {
  const auto stepped = step();
  reset();
  if (!stepped) return pass(stepped);
  return {};
}

void SqliteStatement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t SqliteStatement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view SqliteStatement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& file, Mode mode,
                                            std::chrono::milliseconds patience) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags_for(mode), nullptr);
  SqliteDatabase database(opened, file.string());
  if (code != SQLITE_OK) return failure_of(opened, code, database.file_);
  sqlite3_busy_timeout(opened, static_cast<int>(patience.count()));
  // A file of hostile content must not call functions of its own choosing.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Result<SqliteStatement> SqliteDatabase::prepare(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure_of(database_.get(), code, file_);
  return SqliteStatement(statement, file_);
}

Status SqliteDatabase::execute(const std::string& sql) const {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure_of(database_.get(), code, file_);
  return {};
}

Result<std::int64_t> SqliteDatabase::number(const std::string& sql) const {
  auto statement = prepare(sql);
  if (!statement) return pass(statement);
  const auto row = statement->step();
  if (!row) return pass(row);
  return *row ? statement->integer(0) : 0;
}

std::uint64_t SqliteDatabase::changes() const { return static_cast<std::uint64_t>(sqlite3_changes64(database_.get())); }

Result<SqliteTransaction> SqliteTransaction::begin(const SqliteDatabase& database) {
  if (auto status = database.execute("BEGIN IMMEDIATE"); !status) return pass(status);
  return SqliteTransaction(database);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
  // It may be over already: SQLite takes a transaction back by itself when the disk is full.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Status SqliteTransaction::commit() {
  if (auto status = database_->execute("COMMIT"); !status) return status;
  database_ = nullptr;
  return {};
}

}  // namespace osler
