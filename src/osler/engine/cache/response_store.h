#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/storage/sqlite.h"

namespace osler {

/// Responses kept in a file, for one engine. Any number of processes may have the same file open. Nothing that goes
/// wrong with the file is a failure to whoever asks: the first such thing is told, and then the store finds nothing and
/// keeps nothing more.
class ResponseStore {
 public:
  /// Called once at most, from any thread.
  using Tell = std::function<void(const Error&)>;

  /// Opens the file or makes it; fails as cache_file::open does.
  [[nodiscard]] static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& file, Tell tell);

  ResponseStore(const ResponseStore&) = delete;
  ResponseStore& operator=(const ResponseStore&) = delete;
  /// Writes what is still to be written.
  ~ResponseStore();

  /// Whose responses these are; to be said before anything else.
  void belongs_to(const EngineFacts& facts);

  /// The response under a key; item and image cluster are empty. A damaged one is not found. Called by one thread at a
  /// time.
  [[nodiscard]] std::optional<Response> find(const std::string& key);

  /// Keeps a response; it is in the file within about a second. Never waits for the file: what comes while a great many
  /// wait for it is not kept. By any thread.
  void put(std::string key, Response response);

  /// Returns when all that was put before is in the file, or cannot be.
  void flush();

 private:
  struct Entry {
    std::string key;
    Response response;
  };

  ResponseStore(SqliteDatabase reader, SqliteStatement find, SqliteDatabase writer, Tell tell);
  [[nodiscard]] Result<std::optional<Response>> look_up(const std::string& key);
  void write_until_closed();
  [[nodiscard]] Status write(const std::vector<Entry>& entries, std::uint64_t hits) const;
  [[nodiscard]] Result<std::int64_t> model_number() const;
  /// Tells the first failure; from then on `gone`.
  void give_up(std::atomic<bool>& gone, Error error);
  void tell_once(Error error);

  SqliteDatabase reader_;
  SqliteStatement find_;
  SqliteDatabase writer_;  ///< Of the thread below.
  Tell tell_;
  std::once_flag told_;
  EngineFacts facts_;
  std::string fingerprint_;
  std::atomic<bool> unreadable_{false};
  std::atomic<bool> unwritable_{false};
  std::atomic<std::uint64_t> hits_{0};  ///< Not yet in the file.

  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::vector<Entry> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool hurry_ = false;    ///< Somebody waits for what is waiting.
  bool writing_ = false;  ///< What was waiting is on its way into the file.
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace osler
