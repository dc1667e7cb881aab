#include "osler/engine/cache/response_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <barrier>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "engine/cache/support.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/cache_upkeep.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class ResponseStoreTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path file() const { return folder_.path() / "some" / "cache.sqlite"; }

  [[nodiscard]] std::unique_ptr<ResponseStore> open(const fs::path& path) {
    auto store = ResponseStore::open(path, [this](const Error& error) { told_.push_back(error.message()); });
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message());
    if (!store) return nullptr;
    (*store)->belongs_to(made_up_facts());
    return std::move(*store);
  }
  [[nodiscard]] std::unique_ptr<ResponseStore> open() { return open(file()); }

  void fill(int count) {
    const auto store = open();
    for (int i = 0; i < count; ++i) store->put(filler_key(i), filler_response(i));
  }

  /// Of the first `count` keys, those that are there; each with its own answer.
  [[nodiscard]] int found(int count) {
    const auto store = open();
    int there = 0;
    for (int i = 0; i < count; ++i) {
      const auto response = store->find(filler_key(i));
      if (!response) continue;
      ++there;
      EXPECT_EQ(response->text, filler_response(i).text);
    }
    return there;
  }

  void run_sql(const std::string& sql) const {
    const auto database = cache_file::open(file(), SqliteDatabase::Mode::existing);
    ASSERT_TRUE(database.has_value()) << database.error().message();
    const auto status = database->execute(sql);
    ASSERT_TRUE(status.has_value()) << status.error().message();
  }

  /// The failure to open what holds these bytes, which stay as they are.
  [[nodiscard]] Error refusal(const std::string& content) const {
    const fs::path path = folder_.path() / "strange";
    std::ofstream(path, std::ios::binary) << content;
    const auto store = ResponseStore::open(path, {});
    EXPECT_FALSE(store.has_value());
    std::ostringstream after;
    after << std::ifstream(path, std::ios::binary).rdbuf();
    EXPECT_EQ(after.str(), content);
    return store ? Error{} : store.error();
  }

  TemporaryFolder folder_;
  std::vector<std::string> told_;
};

TEST_F(ResponseStoreTest, ACleanEndLosesNothing) {
  fill(2'500);
  EXPECT_EQ(found(2'500), 2'500);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ResponseStoreTest, WhatIsPutIsInTheFileSoonWhileTheRunGoesOn) {
  const auto store = open();
  store->put(filler_key(1), filler_response(1));
  const auto reader = open();
  bool there = false;
  for (int i = 0; i < 600 && !there; ++i) {
    there = reader->find(filler_key(1)).has_value();
    if (!there) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(there);
}

TEST_F(ResponseStoreTest, ADamagedAnswerIsNotFoundIsSaidAndIsReplaced) {
  fill(3);
  run_sql("UPDATE responses SET value = x'00' || substr(value, 2) WHERE id = 2");
  EXPECT_EQ(found(3), 2);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_THAT(told_[0], HasSubstr("osler cache verify"));
  open()->put(filler_key(1), filler_response(1));
  EXPECT_EQ(found(3), 3);
}

TEST_F(ResponseStoreTest, AnAnswerAtTheKeyOfAnotherIsNotFound) {
  fill(2);
  run_sql(
      "UPDATE responses SET value = (SELECT value FROM responses WHERE id = 1), checksum = (SELECT checksum FROM "
      "responses WHERE id = 1) WHERE id = 2");
  EXPECT_EQ(found(2), 1);
}

TEST_F(ResponseStoreTest, AFileIsACacheForAllWhileOneOfThemIsMakingIt) {
  for (int round = 0; round < 100; ++round) {
    const fs::path path = folder_.path() / std::to_string(round);
    std::barrier together(4);
    std::vector<std::jthread> openers;
    for (int i = 0; i < 4; ++i) {
      openers.emplace_back([&together, &path] {
        together.arrive_and_wait();
        const auto opened = cache_file::open(path, SqliteDatabase::Mode::create);
        EXPECT_TRUE(opened.has_value()) << opened.error().message();
      });
    }
  }
}

TEST_F(ResponseStoreTest, ManyProcessesMakeAndFillOneFileAtOnce) {
  constexpr int kEach = 400;
  std::vector<int> processes;
  // Half of what each puts, another puts too.
  for (int i = 0; i < 6; ++i) processes.push_back(start_filler(file(), i * kEach / 2, kEach, 100));
  fs::create_directories(file().parent_path());
  for (const int process : processes) EXPECT_EQ(wait_for(process), 0);
  EXPECT_EQ(found(6 * kEach / 2 + kEach / 2), 6 * kEach / 2 + kEach / 2);
  const auto verified = verify_cache(file(), false);
  ASSERT_TRUE(verified.has_value());
  EXPECT_EQ(verified->entries, 1'400U);
  EXPECT_THAT(verified->damaged, IsEmpty());
  EXPECT_EQ(verified->structure, "");
  EXPECT_EQ(cache_stats(file())->models.size(), 1U);
}

TEST_F(ResponseStoreTest, KilledAtAnyMomentTheFileIsWholeAndAtMostTheLastSecondsAreMissing) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> delay(0, 400);
  for (int round = 0; round < 12; ++round) {
    const int process = start_filler(file(), round * 10'000, 10'000, 50);
    std::this_thread::sleep_for(std::chrono::milliseconds(delay(random)));
    kill(process, SIGKILL);
    EXPECT_EQ(wait_for(process), 128 + SIGKILL);
    if (!fs::exists(file()) || fs::file_size(file()) == 0) continue;
    const auto verified = verify_cache(file(), false);
    if (!verified && verified.error().code == ErrorCode::not_found) continue;  // killed before there was a table
    ASSERT_TRUE(verified.has_value()) << verified.error().message();
    EXPECT_EQ(verified->structure, "");
    EXPECT_THAT(verified->damaged, IsEmpty());
  }
  fill(100);
  EXPECT_EQ(found(100), 100);
}

TEST_F(ResponseStoreTest, AFileThatIsSomethingElseIsRefusedAndLeftAlone) {
  const auto text = refusal("id,answer\n" + std::string(2'000, 'x'));
  EXPECT_EQ(text.code, ErrorCode::malformed);
  EXPECT_THAT(text.message(), HasSubstr("is not a cache of Osler's"));
  EXPECT_THAT(text.way_out, HasSubstr("--cache"));

  const auto other = folder_.path() / "other.sqlite";
  {
    const auto database = SqliteDatabase::open(other, SqliteDatabase::Mode::create, std::chrono::seconds(1));
    ASSERT_TRUE(database->execute("CREATE TABLE bookmarks (url TEXT)"));
  }
  std::ostringstream content;
  content << std::ifstream(other, std::ios::binary).rdbuf();
  EXPECT_THAT(refusal(content.str()).message(), HasSubstr("not a cache of Osler's"));
  EXPECT_THAT(ResponseStore::open(folder_.path(), {}).error().message(), HasSubstr("is no file"));
}

TEST_F(ResponseStoreTest, ACacheOfAnotherVersionIsRefused) {
  fill(1);
  run_sql("PRAGMA user_version = 7; PRAGMA wal_checkpoint(TRUNCATE)");
  const auto store = ResponseStore::open(file(), {});
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, ErrorCode::unsupported);
  EXPECT_THAT(store.error().message(), HasSubstr("version 7"));
}

TEST_F(ResponseStoreTest, AnEmptyFileBecomesACache) {
  fs::create_directories(file().parent_path());
  std::ofstream(file()).flush();
  fill(1);
  EXPECT_EQ(found(1), 1);
}

TEST_F(ResponseStoreTest, ADamagedFileIsSaidOnceAndTheRunGoesOnWithoutIt) {
  fill(2'000);
  run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
  {
    std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(fs::file_size(file()));
    for (std::streamoff at = 16'384; at < size; at += 64) bytes.seekp(at).write("garbage!", 8);
  }
  const auto store = open();
  ASSERT_NE(store, nullptr);
  for (int i = 0; i < 2'000; ++i) {
    if (store->find(filler_key(i))) continue;
    store->put(filler_key(i), filler_response(i));
  }
  EXPECT_EQ(told_.size(), 1U);
}

/// A file system of a few pages, gone at the end.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path path) : path_(std::move(path)) {
    fs::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=128k") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] bool make_read_only() const {
    return mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0;
  }

 private:
  fs::path path_;
  bool mounted_ = false;
};

TEST_F(ResponseStoreTest, AFullDiskIsSaidOnceAndWhatWasKeptBeforeIsThere) {
  const SmallDisk disk(folder_.path() / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "a small disk cannot be mounted here";
  const auto path = folder_.path() / "disk" / "cache.sqlite";
  std::mt19937 random(3);
  for (int round = 0; round < 3; ++round) {
    const auto store = open(path);
    if (store == nullptr) break;
    for (int i = 0; i < 100; ++i) {
      Response response;
      for (int k = 0; k < 1'000; ++k) response.text += static_cast<char>('a' + random() % 26);
      store->put(filler_key(100 * round + i), std::move(response));
    }
  }
  ASSERT_GE(told_.size(), 1U);
  EXPECT_LE(told_.size(), 3U) << "once for each store";
  EXPECT_THAT(told_[0], HasSubstr("the run goes on without the cache"));
  const auto verified = verify_cache(path, false);
  ASSERT_TRUE(verified.has_value()) << verified.error().message();
  EXPECT_THAT(verified->damaged, IsEmpty());
  EXPECT_EQ(verified->structure, "");
}

TEST_F(ResponseStoreTest, AReadOnlyFolderIsAFailureToOpenOrServesWhatIsThere) {
  const SmallDisk disk(folder_.path() / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "a small disk cannot be mounted here";
  const auto path = folder_.path() / "disk" / "cache.sqlite";
  open(path)->put(filler_key(1), filler_response(1));
  ASSERT_TRUE(disk.make_read_only());
  const auto store = ResponseStore::open(path, [this](const Error& error) { told_.push_back(error.message()); });
  if (store) {
    EXPECT_TRUE((*store)->find(filler_key(1)).has_value());
  } else {
    EXPECT_EQ(store.error().code, ErrorCode::io);
    EXPECT_THAT(store.error().way_out, HasSubstr("--cache"));
  }
  const auto missing = ResponseStore::open(folder_.path() / "disk" / "new" / "cache.sqlite", {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::io);
}

TEST_F(ResponseStoreTest, WhatAnotherLocksIsWaitedForByTheWriterAlone) {
  fill(1);
  const auto other = cache_file::open(file(), SqliteDatabase::Mode::existing);
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  {
    const auto store = open();
    store->put(filler_key(7), filler_response(7));
    EXPECT_TRUE(store->find(filler_key(0)).has_value()) << "readers do not wait";
    std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
    ASSERT_TRUE(other->execute("COMMIT"));
  }
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(found(8), 2);
}

}  // namespace
}  // namespace osler::test
