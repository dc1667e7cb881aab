#include "osler/phantom/benchmark.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "osler/core/hash.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/check.h"
#include "osler/dataset/loader.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"
#include "support/temporary_folder.h"

namespace osler::phantom {
namespace {

namespace fs = std::filesystem;

void make(const fs::path& folder, std::uint64_t seed, std::uint64_t images) {
  std::uint64_t last = 0;
  const auto status = generate({seed, images, folder}, [&last](std::uint64_t done) { last = done; });
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(last, images);
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = *read_file(entry.path());
  }
  return files;
}

TEST(PhantomBenchmark, TheSameSeedWritesTheSameBytes) {
  const test::TemporaryFolder folder;
  make(folder.path() / "a", 7, 12);
  make(folder.path() / "b", 7, 12);
  const auto files = contents(folder.path() / "a");
  EXPECT_EQ(files.size(), 15U);
  EXPECT_EQ(files, contents(folder.path() / "b"));
}

TEST(PhantomBenchmark, QuestionsAreTheSameOnEveryMachine) {
  const test::TemporaryFolder folder;
  make(folder.path(), 7, 20);
  EXPECT_EQ(sha256_hex(*read_file(folder.path() / "items.jsonl")),
            "7f9c00bd006debd79694a3ba29215e906f5be71cb70fcea30d48d24c5062fd5b");
  EXPECT_EQ(sha256_hex(*read_file(folder.path() / "truth.jsonl")),
            "f13dca6f7b869c5e9876965d17145c2bd4c452a5b2896a6d1a07a9d7e54d671a");
}

TEST(PhantomBenchmark, AShorterOneIsTheBeginningOfALongerOne) {
  const test::TemporaryFolder folder;
  make(folder.path() / "short", 7, 5);
  make(folder.path() / "long", 7, 9);
  const std::string few = *read_file(folder.path() / "short" / "items.jsonl");
  const std::string many = *read_file(folder.path() / "long" / "items.jsonl");
  EXPECT_TRUE(many.starts_with(few));
  EXPECT_EQ(*read_file(folder.path() / "short/images/000004.png"),
            *read_file(folder.path() / "long/images/000004.png"));
}

TEST(PhantomBenchmark, AnotherSeedDrawsOtherPictures) {
  const test::TemporaryFolder folder;
  make(folder.path() / "a", 1, 3);
  make(folder.path() / "b", 2, 3);
  EXPECT_NE(*read_file(folder.path() / "a/images/000000.png"), *read_file(folder.path() / "b/images/000000.png"));
}

TEST(PhantomBenchmark, IsWholeAsTheLoaderSeesIt) {
  const test::TemporaryFolder folder;
  make(folder.path(), 9, 20);
  const auto card = find_card((folder.path() / "phantom.yaml").string());
  ASSERT_TRUE(card) << card.error().message();
  const auto rows = load_row_set(*card, {}, {folder.path()});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(rows->items.size(), 160U);
  const auto report = check_data(*card, *rows);
  EXPECT_TRUE(report.problems.empty()) << report.problems.front().what;
  EXPECT_EQ(report.distinct_images, 20U);
  EXPECT_EQ(report.kinds.size(), 3U);
  EXPECT_EQ(report.capabilities.size(), 2U);
  EXPECT_EQ(rows->items.front().strata.count("family"), 1U);
}

TEST(PhantomBenchmark, TheShippedCardFindsItToo) {
  const test::TemporaryFolder folder;
  make(folder.path(), 9, 4);
  const auto card = find_card("phantom");
  ASSERT_TRUE(card) << card.error().message();
  const auto rows = load_row_set(*card, {}, {folder.path()});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ(rows->items.size(), 32U);
}

TEST(PhantomBenchmark, TheTruthNamesEveryLesion) {
  const test::TemporaryFolder folder;
  make(folder.path(), 9, 20);
  std::size_t pictures = 0;
  std::size_t lesions = 0;
  const auto status = for_each_json_line(folder.path() / "truth.jsonl", [&](Json&& truth, std::uint64_t) -> Status {
    ++pictures;
    lesions += truth.at("lesions").size();
    EXPECT_EQ(truth.contains("sign"), !truth.at("lesions").empty());
    return {};
  });
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_EQ(pictures, 20U);
  EXPECT_EQ(lesions, 40U);
}

TEST(PhantomBenchmark, AFolderWithAnotherPhantomIsLeftAlone) {
  const test::TemporaryFolder folder;
  make(folder.path(), 1, 2);
  const auto before = contents(folder.path());
  const auto status = generate({2, 2, folder.path()}, [](std::uint64_t) {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::mismatch);
  EXPECT_NE(status.error().message().find("--out"), std::string::npos);
  EXPECT_EQ(contents(folder.path()), before);
}

TEST(PhantomBenchmark, SomebodysOwnItemsAreNotOverwritten) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "items.jsonl", "mine"));
  const auto status = generate({2, 2, folder.path()}, [](std::uint64_t) {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::mismatch);
  EXPECT_EQ(*read_file(folder.path() / "items.jsonl"), "mine");
}

TEST(PhantomBenchmark, NumbersOfImagesOutOfRangeAreRefused) {
  const test::TemporaryFolder folder;
  for (const std::uint64_t images : {std::uint64_t{0}, kMostPictures + 1}) {
    const auto status = generate({1, images, folder.path() / "x"}, [](std::uint64_t) {});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::usage);
  }
  EXPECT_FALSE(fs::exists(folder.path() / "x"));
}

}  // namespace
}  // namespace osler::phantom
