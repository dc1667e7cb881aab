#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/core/error.h"
#include "osler/storage/sqlite.h"

namespace osler {

/// Vectors kept in a file (cache_file::Kind::embeddings). Any number of processes may have the same file open. Nothing
/// that goes wrong with the file is a failure to whoever asks: the first such thing is told, and then the store finds
/// nothing and keeps nothing more. By any thread.
class EmbeddingStore {
 public:
  /// Called once at most.
  using Tell = std::function<void(const Error&)>;

  /// Opens the file or makes it; fails as cache_file::open does.
  [[nodiscard]] static Result<std::unique_ptr<EmbeddingStore>> open(const std::filesystem::path& file, Tell tell);
  EmbeddingStore(const EmbeddingStore&) = delete;
  EmbeddingStore& operator=(const EmbeddingStore&) = delete;
  /// Writes what is still to be written.
  ~EmbeddingStore();

  /// The vector under a key. A damaged one is not found.
  [[nodiscard]] std::optional<std::vector<float>> find(const std::string& key);
  /// Keeps a vector; it is in the file after a second, or after some hundred more.
  void put(std::string key, const std::vector<float>& vector);
  /// Returns when all that was put before is in the file, or cannot be.
  void flush();

 private:
  struct Entry {
    std::string key;
    std::string value;
  };

  EmbeddingStore(SqliteDatabase database, SqliteStatement find, Tell tell)
      : database_(std::move(database)), find_(std::move(find)), tell_(std::move(tell)) {}

  [[nodiscard]] Result<std::optional<std::vector<float>>> look_up(const std::string& key);
  void write_waiting();
  [[nodiscard]] Status write(const std::vector<Entry>& entries) const;
  void give_up(const Error& error);

  std::mutex mutex_;  ///< Guards all that follows.
  SqliteDatabase database_;
  SqliteStatement find_;
  Tell tell_;
  bool given_up_ = false;
  std::vector<Entry> waiting_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
};

}  // namespace osler
