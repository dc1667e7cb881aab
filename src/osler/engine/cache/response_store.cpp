#include "osler/engine/cache/response_store.h"

#include <chrono>
#include <utility>

#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/packed_response.h"
#include "osler/engine/cache/request_key.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

/// A transaction costs more than a row: rows wait this long for company, or for so many.
constexpr std::chrono::seconds kWait{1};
constexpr std::size_t kEnough = 1000;
/// Memory for what waits while the file is locked; a response takes about so much beside its text.
constexpr std::size_t kMostWaiting = std::size_t{64} << 20;
constexpr std::size_t kBesideText = 1024;

}  // namespace

Result<std::unique_ptr<ResponseStore>> ResponseStore::open(const std::filesystem::path& file, Tell tell) {
  auto writer = cache_file::open(file, SqliteDatabase::Mode::create);
  if (!writer) return pass(writer);
  auto reader = cache_file::open(file, SqliteDatabase::Mode::existing);
  if (!reader) return pass(reader);
  auto find = reader->prepare("SELECT checksum, value FROM responses WHERE key = ?");
  if (!find) return pass(find);
  return std::unique_ptr<ResponseStore>(
      new ResponseStore(std::move(*reader), std::move(*find), std::move(*writer), std::move(tell)));
}

ResponseStore::ResponseStore(SqliteDatabase reader, SqliteStatement find, SqliteDatabase writer, Tell tell)
    : reader_(std::move(reader)),
      find_(std::move(find)),
      writer_(std::move(writer)),
      tell_(std::move(tell)),
      thread_([this] { write_until_closed(); }) {}

ResponseStore::~ResponseStore() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ResponseStore::belongs_to(const EngineFacts& facts) {
  const std::lock_guard lock(mutex_);
  facts_ = facts;
  fingerprint_ = engine_fingerprint(facts);
}

std::optional<Response> ResponseStore::find(const std::string& key) {
  if (unreadable_) return std::nullopt;
  auto found = look_up(key);
  if (!found) {
    give_up(unreadable_, found.error());
    return std::nullopt;
  }
  if (*found) ++hits_;
  return std::move(*found);
}

Result<std::optional<Response>> ResponseStore::look_up(const std::string& key) {
  find_.bind_blob(1, key);
  const auto row = find_.step();
  if (!row) return pass(row);
  std::optional<Response> found;
  if (*row) {
    const std::string_view value = find_.bytes(1);
    if (find_.bytes(0) == cache_file::checksum(key, value)) found = unpack_response(value);
    if (!found) {
      tell_once({ErrorCode::malformed,
                 "a damaged entry of the cache is passed over",
                 {},
                 "'osler cache verify' finds all of them"});
    }
  }
  find_.reset();
  return found;
}

void ResponseStore::put(std::string key, Response response) {
  if (unwritable_) return;
  const std::lock_guard lock(mutex_);
  if (waiting_bytes_ > kMostWaiting) return;
  waiting_bytes_ += kBesideText + response.text.size() + response.first_reply.size();
  waiting_.push_back({std::move(key), std::move(response)});
  if (waiting_.size() == 1 || waiting_.size() == kEnough) changed_.notify_all();
}

void ResponseStore::flush() {
  std::unique_lock lock(mutex_);
  hurry_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return waiting_.empty() && !writing_; });
  hurry_ = false;
}

void ResponseStore::write_until_closed() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    changed_.wait_for(lock, kWait, [this] { return closing_ || hurry_ || waiting_.size() >= kEnough; });
    const bool last = closing_;
    const auto entries = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    writing_ = true;
    lock.unlock();
    const std::uint64_t hits = hits_.exchange(0);
    if (!unwritable_ && (hits > 0 || !entries.empty())) {
      if (auto status = write(entries, hits); !status) give_up(unwritable_, status.error());
    }
    lock.lock();
    writing_ = false;
    changed_.notify_all();
    if (last) return;
  }
}

Status ResponseStore::write(const std::vector<Entry>& entries, std::uint64_t hits) const {
  auto transaction = SqliteTransaction::begin(writer_);
  if (!transaction) return pass(transaction);
  const auto model = model_number();
  if (!model) return pass(model);
  auto insert = writer_.prepare(
      "INSERT INTO responses (key, model, kept, checksum, value) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
      "SET model = excluded.model, kept = excluded.kept, checksum = excluded.checksum, value = excluded.value");
  if (!insert) return pass(insert);
  const auto time = cache_file::now();
  for (const auto& [key, response] : entries) {
    const std::string value = pack_response(response);
    insert->bind_blob(1, key);
    insert->bind(2, *model);
    insert->bind(3, time);
    insert->bind_blob(4, cache_file::checksum(key, value));
    insert->bind_blob(5, value);
    if (auto status = insert->run(); !status) return status;
  }
  auto count = writer_.prepare("UPDATE models SET hits = hits + ? WHERE id = ?");
  if (!count) return pass(count);
  count->bind(1, static_cast<std::int64_t>(hits));
  count->bind(2, *model);
  if (auto status = count->run(); !status) return status;
  return transaction->commit();
}

/// Anew for every transaction: others may have pruned the model, or moved the file away.
Result<std::int64_t> ResponseStore::model_number() const {
  auto insert =
      writer_.prepare("INSERT OR IGNORE INTO models (fingerprint, engine, name, identity) VALUES (?, ?, ?, ?)");
  if (!insert) return pass(insert);
  insert->bind_blob(1, fingerprint_);
  insert->bind_text(2, facts_.kind);
  insert->bind_text(3, facts_.model);
  insert->bind_text(4, dump_json(facts_.identity));
  if (auto status = insert->run(); !status) return pass(status);
  auto find = writer_.prepare("SELECT id FROM models WHERE fingerprint = ?");
  if (!find) return pass(find);
  find->bind_blob(1, fingerprint_);
  const auto row = find->step();
  if (!row) return pass(row);
  return find->integer(0);
}

void ResponseStore::give_up(std::atomic<bool>& gone, Error error) {
  gone = true;
  error.way_out = "the run goes on without the cache";
  tell_once(std::move(error));
}

void ResponseStore::tell_once(Error error) {
  std::call_once(told_, [&] {
    if (tell_) tell_(error);
  });
}

}  // namespace osler
