#include "osler/engine/cache/embedding_store.h"

#include <bit>
#include <cstring>

#include "osler/engine/cache/cache_file.h"

namespace osler {
namespace {

/// A transaction costs more than a row: rows wait this long for company, or for so many.
constexpr std::chrono::seconds kWait{1};
constexpr std::size_t kEnough = 512;
/// What another process locks for longer is not waited for: the vectors can be made again.
constexpr std::chrono::milliseconds kPatience{2'000};

static_assert(std::endian::native == std::endian::little, "the file's numbers begin with the lowest byte");

std::string bytes_of(const std::vector<float>& vector) {
  std::string bytes(vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return bytes;
}

std::vector<float> vector_of(std::string_view bytes) {
  std::vector<float> vector(bytes.size() / sizeof(float));
  std::memcpy(vector.data(), bytes.data(), vector.size() * sizeof(float));
  return vector;
}

}  // namespace

Result<std::unique_ptr<EmbeddingStore>> EmbeddingStore::open(const std::filesystem::path& file, Tell tell) {
  auto database = cache_file::open(file, SqliteDatabase::Mode::create, kPatience, cache_file::Kind::embeddings);
  if (!database) return pass(database);
  auto find = database->prepare("SELECT checksum, value FROM embeddings WHERE key = ?");
  if (!find) return pass(find);
  return std::unique_ptr<EmbeddingStore>(new EmbeddingStore(std::move(*database), std::move(*find), std::move(tell)));
}

EmbeddingStore::~EmbeddingStore() { flush(); }

std::optional<std::vector<float>> EmbeddingStore::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (given_up_) return std::nullopt;
  auto found = look_up(key);
  if (found) return std::move(*found);
  give_up(found.error());
  return std::nullopt;
}

Result<std::optional<std::vector<float>>> EmbeddingStore::look_up(const std::string& key) {
  find_.reset();
  find_.bind_blob(1, key);
  const auto there = find_.step();
  if (!there) return pass(there);
  std::optional<std::vector<float>> vector;
  if (*there) {
    const std::string_view value = find_.bytes(1);
    const bool whole = !value.empty() && value.size() % sizeof(float) == 0;
    if (whole && find_.bytes(0) == cache_file::checksum(key, value)) vector = vector_of(value);
  }
  find_.reset();
  return vector;
}

void EmbeddingStore::put(std::string key, const std::vector<float>& vector) {
  const std::lock_guard lock(mutex_);
  if (given_up_) return;
  waiting_.push_back({std::move(key), bytes_of(vector)});
  if (waiting_.size() >= kEnough || std::chrono::steady_clock::now() - written_ >= kWait) write_waiting();
}

void EmbeddingStore::flush() {
  const std::lock_guard lock(mutex_);
  if (!given_up_) write_waiting();
}

void EmbeddingStore::write_waiting() {
  if (!waiting_.empty()) {
    if (auto status = write(waiting_); !status) give_up(status.error());
  }
  waiting_.clear();
  written_ = std::chrono::steady_clock::now();
}

Status EmbeddingStore::write(const std::vector<Entry>& entries) const {
  auto transaction = SqliteTransaction::begin(database_);
  if (!transaction) return pass(transaction);
  // What is there under the key may be damaged: it was not found.
  auto insert = database_.prepare("INSERT OR REPLACE INTO embeddings (key, kept, checksum, value) VALUES (?, ?, ?, ?)");
  if (!insert) return pass(insert);
  for (const auto& entry : entries) {
    insert->bind_blob(1, entry.key);
    insert->bind(2, cache_file::now());
    const std::string checksum = cache_file::checksum(entry.key, entry.value);
    insert->bind_blob(3, checksum);
    insert->bind_blob(4, entry.value);
    if (auto status = insert->run(); !status) return status;
  }
  return transaction->commit();
}

void EmbeddingStore::give_up(const Error& error) {
  given_up_ = true;
  Error told = error;
  told.what += ": vectors are neither looked for nor kept there any more";
  if (tell_) tell_(told);
}

}  // namespace osler
