#include "osler/engine/cache/cache_upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cache/support.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/response_store.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

class CacheUpkeepTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "cache.sqlite"; }

  void fill(const std::string& model, int first, int count) const {
    auto store = ResponseStore::open(file(), [](const Error& error) { ADD_FAILURE() << error.message(); });
    ASSERT_TRUE(store.has_value());
    EngineFacts facts = made_up_facts();
    facts.model = model;
    facts.identity["model_sha256"] = model;
    (*store)->belongs_to(facts);
    for (int i = first; i < first + count; ++i) (*store)->put(filler_key(i), filler_response(i));
    for (int i = 0; i < first; ++i) static_cast<void>((*store)->find(filler_key(i)));
  }
  void run_sql(const std::string& sql) const {
    ASSERT_TRUE(cache_file::open(file(), SqliteDatabase::Mode::existing)->execute(sql));
  }

  TemporaryFolder folder_;
};

TEST_F(CacheUpkeepTest, StatsCountByModel) {
  fill("a", 0, 3);
  fill("b", 3, 5);
  const auto stats = cache_stats(file());
  ASSERT_TRUE(stats.has_value()) << stats.error().message();
  ASSERT_EQ(stats->models.size(), 2U);
  EXPECT_EQ(stats->models[0].name, "a");
  EXPECT_EQ(stats->models[0].entries, 3U);
  EXPECT_EQ(stats->models[0].hits, 0U);
  EXPECT_EQ(stats->models[1].entries, 5U);
  EXPECT_EQ(stats->models[1].hits, 3U) << "three that were there were served";
  EXPECT_GT(stats->models[1].bytes, 0U);
  EXPECT_NE(stats->models[0].fingerprint, stats->models[1].fingerprint);
  EXPECT_GT(stats->models[0].oldest, 0);
  EXPECT_GE(stats->file_bytes, 4'096U);
}

TEST_F(CacheUpkeepTest, PruneByModelByAgeAndBoth) {
  fill("a", 0, 10);
  fill("b", 10, 10);
  run_sql("UPDATE responses SET kept = 1000 WHERE id % 2 = 0");
  const auto aged = prune_cache(file(), {.kept_before = 2'000, .max_bytes = {}, .model = "a"});
  ASSERT_TRUE(aged.has_value()) << aged.error().message();
  EXPECT_EQ(aged->dropped, 5U);
  EXPECT_EQ(aged->left, 15U);
  EXPECT_EQ(prune_cache(file(), {.kept_before = 2'000, .max_bytes = {}, .model = {}})->dropped, 5U);
  EXPECT_EQ(prune_cache(file(), {.kept_before = {}, .max_bytes = {}, .model = "a"})->dropped, 5U);
  const auto stats = cache_stats(file());
  ASSERT_EQ(stats->models.size(), 1U);
  EXPECT_EQ(stats->models[0].name, "b");
  EXPECT_EQ(stats->models[0].entries, 5U);
  const auto unknown = prune_cache(file(), {.kept_before = {}, .max_bytes = {}, .model = "a"});
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(unknown.error().message(), HasSubstr("osler cache stats"));
}

TEST_F(CacheUpkeepTest, PruneToASizeDropsTheOldestAndShrinksTheFile) {
  fill("a", 0, 4'000);
  run_sql("UPDATE responses SET kept = 100000 - id");
  const auto before = cache_stats(file())->file_bytes;
  const auto pruned = prune_cache(file(), {.kept_before = {}, .max_bytes = 200'000, .model = {}});
  ASSERT_TRUE(pruned.has_value()) << pruned.error().message();
  EXPECT_GT(before, 400'000U);
  EXPECT_LE(pruned->bytes_after, 200'000U);
  EXPECT_GT(pruned->left, 500U) << "not more than needed";
  // The first that was put is the newest by now.
  auto store = ResponseStore::open(file(), {});
  EXPECT_TRUE((*store)->find(filler_key(0)).has_value());
  EXPECT_FALSE((*store)->find(filler_key(3'999)).has_value());
}

TEST_F(CacheUpkeepTest, VerifyNamesWhatIsDamagedAndRemovesItIfTold) {
  fill("a", 0, 5);
  run_sql("UPDATE responses SET value = value || x'00' WHERE id = 2; UPDATE responses SET checksum = x'' WHERE id = 4");
  const auto found = verify_cache(file(), false);
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(found->entries, 5U);
  ASSERT_EQ(found->damaged.size(), 2U);
  EXPECT_EQ(found->damaged[0].number, 2);
  EXPECT_EQ(found->damaged[0].model, "a");
  EXPECT_EQ(found->damaged[0].key.size(), 64U);
  EXPECT_EQ(found->removed, 0U);
  EXPECT_EQ(verify_cache(file(), true)->removed, 2U);
  const auto after = verify_cache(file(), false);
  EXPECT_EQ(after->entries, 3U);
  EXPECT_TRUE(after->damaged.empty());
}

TEST_F(CacheUpkeepTest, WhatIsNotThereIsSaid) {
  for (const auto& error :
       {cache_stats(file()).error(), prune_cache(file(), {}).error(), verify_cache(file(), false).error()}) {
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_FALSE(std::filesystem::exists(file()));
  }
}

}  // namespace
}  // namespace osler::test
