#include "osler/storage/hub_cache.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/environment.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using test::EnvironmentVariable;

const std::string kOld(40, 'a');
const std::string kNew(40, 'b');
const std::string kMissing(40, 'c');

/// Nothing about a hub in the environment but a home folder.
class HubCacheTest : public testing::Test {
 protected:
  void write(const fs::path& path, const std::string& content) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }

  /// A snapshot with one file; `age` in hours orders them.
  void snapshot(const std::string& commit, int age) const {
    write(repo_ / "snapshots" / commit / "x.csv", "x");
    fs::last_write_time(repo_ / "snapshots" / commit, fs::file_time_type::clock::now() - std::chrono::hours(age));
  }

  [[nodiscard]] std::optional<Snapshot> found(const std::string& revision, OtherRevisions others) const {
    const auto result = snapshot_of(cache_, RepoKind::dataset, "org/name", revision, others);
    EXPECT_TRUE(result.has_value()) << result.error().message();
    return result.value_or(std::nullopt);
  }

  test::TemporaryFolder folder_;
  fs::path cache_ = folder_.path() / "cache";
  fs::path repo_ = cache_ / "datasets--org--name";
  EnvironmentVariable home_{"HOME", folder_.path().string()};
  EnvironmentVariable hub_cache_{"HF_HUB_CACHE", std::nullopt};
  EnvironmentVariable hf_home_{"HF_HOME", std::nullopt};
  EnvironmentVariable xdg_{"XDG_CACHE_HOME", std::nullopt};
  EnvironmentVariable token_{"HF_TOKEN", std::nullopt};
  EnvironmentVariable token_path_{"HF_TOKEN_PATH", std::nullopt};
  EnvironmentVariable endpoint_{"HF_ENDPOINT", std::nullopt};
};

TEST_F(HubCacheTest, TheFolderIsTheOneOfTheFirstVariableThatIsSet) {
  EXPECT_EQ(hub_cache_folder(), folder_.path() / ".cache/huggingface/hub");
  const EnvironmentVariable caches("XDG_CACHE_HOME", "/caches");
  EXPECT_EQ(hub_cache_folder(), "/caches/huggingface/hub");
  const EnvironmentVariable hub_home("HF_HOME", "/hf");
  EXPECT_EQ(hub_cache_folder(), "/hf/hub");
  const EnvironmentVariable own("HF_HUB_CACHE", "/own");
  EXPECT_EQ(hub_cache_folder(), "/own");
}

TEST_F(HubCacheTest, EmptyVariablesCountAsUnset) {
  const EnvironmentVariable own("HF_HUB_CACHE", "");
  const EnvironmentVariable hub_home("HF_HOME", "");
  const EnvironmentVariable caches("XDG_CACHE_HOME", "");
  const EnvironmentVariable endpoint("HF_ENDPOINT", "");
  EXPECT_EQ(hub_cache_folder(), folder_.path() / ".cache/huggingface/hub");
  EXPECT_EQ(hub_endpoint(), "https://huggingface.co");
  const EnvironmentVariable home("HOME", "");
  EXPECT_EQ(hub_cache_folder(), "");
  EXPECT_EQ(hub_token(), "");
}

TEST_F(HubCacheTest, ATildeIsTheHomeFolder) {
  const EnvironmentVariable own("HF_HUB_CACHE", "~/hub");
  EXPECT_EQ(hub_cache_folder(), folder_.path() / "hub");
}

TEST_F(HubCacheTest, TheTokenIsTrimmedAndTheVariableGoesBeforeFiles) {
  EXPECT_EQ(hub_token(), "");
  write(folder_.path() / ".cache/huggingface/token", "hf_home\n");
  EXPECT_EQ(hub_token(), "hf_home");
  write(folder_.path() / "hf/token", " hf_moved \r\n");
  const EnvironmentVariable hub_home("HF_HOME", (folder_.path() / "hf").string());
  EXPECT_EQ(hub_token(), "hf_moved");
  write(folder_.path() / "secret", "hf_file\n");
  const EnvironmentVariable path("HF_TOKEN_PATH", (folder_.path() / "secret").string());
  EXPECT_EQ(hub_token(), "hf_file");
  const EnvironmentVariable token("HF_TOKEN", "\thf_variable\n");
  EXPECT_EQ(hub_token(), "hf_variable");
}

TEST_F(HubCacheTest, TheEndpointHasNoSlashAtItsEnd) {
  const EnvironmentVariable endpoint("HF_ENDPOINT", "http://mirror.example:8080/hub//");
  EXPECT_EQ(hub_endpoint(), "http://mirror.example:8080/hub");
}

TEST_F(HubCacheTest, ARepositoryHasAFolderOfItsKind) {
  EXPECT_EQ(repo_folder("/c", RepoKind::dataset, "org/name-1.0_x").value(), "/c/datasets--org--name-1.0_x");
  EXPECT_EQ(repo_folder("/c", RepoKind::model, "org/name").value(), "/c/models--org--name");
}

TEST_F(HubCacheTest, BadNamesOfRepositoriesAreRefused) {
  for (const std::string name : {"", "/", "name", "org/", "/name", "a/b/c", "../name", "org/..", "org/a..b", "org/a--b",
                                 ".a/b", "org/na me", "org/n%41", "org/n\n", "org/n\xc3\xa9", "org\\name/x"}) {
    const auto folder = repo_folder("/c", RepoKind::dataset, name);
    ASSERT_FALSE(folder.has_value()) << name;
    EXPECT_EQ(folder.error().code, ErrorCode::usage);
    EXPECT_NE(folder.error().message().find("org/name"), std::string::npos);
  }
}

TEST_F(HubCacheTest, BadRevisionsAreRefused) {
  for (const std::string good : {"main", "v1.0", "refs/convert/parquet"}) {
    EXPECT_TRUE(check_revision(good).has_value()) << good;
  }
  for (const std::string bad : {"", "/", "/main", "main/", "a//b", "..", "a/../b", "a b", "a?b", "-\n", ".git"}) {
    EXPECT_FALSE(check_revision(bad).has_value()) << bad;
    EXPECT_FALSE(snapshot_of(cache_, RepoKind::dataset, "org/name", bad).has_value()) << bad;
  }
}

TEST_F(HubCacheTest, APinnedRevisionIsFoundOrNothing) {
  snapshot(kOld, 2);
  snapshot(kNew, 1);
  const auto pinned = found(kOld, OtherRevisions::refuse);
  ASSERT_TRUE(pinned.has_value());
  EXPECT_EQ(pinned->folder, repo_ / "snapshots" / kOld);
  EXPECT_EQ(pinned->commit, kOld);
  EXPECT_TRUE(pinned->as_asked);
  EXPECT_FALSE(found(kMissing, OtherRevisions::refuse).has_value());
}

TEST_F(HubCacheTest, ABranchIsFoundByItsRef) {
  snapshot(kOld, 2);
  snapshot(kNew, 1);
  write(repo_ / "refs/convert/parquet", kOld + "\n");
  const auto branch = found("convert/parquet", OtherRevisions::refuse);
  ASSERT_TRUE(branch.has_value());
  EXPECT_EQ(branch->commit, kOld);
  EXPECT_TRUE(branch->as_asked);
}

TEST_F(HubCacheTest, WhereOthersAreAcceptedMainStandsInAndThenTheNewest) {
  snapshot(kOld, 1);
  snapshot(kNew, 2);
  const auto newest = found(kMissing, OtherRevisions::accept);
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->commit, kOld);
  EXPECT_FALSE(newest->as_asked);
  write(repo_ / "refs/main", kNew);
  const auto main_branch = found(kMissing, OtherRevisions::accept);
  ASSERT_TRUE(main_branch.has_value());
  EXPECT_EQ(main_branch->commit, kNew);
  EXPECT_FALSE(main_branch->as_asked);
}

TEST_F(HubCacheTest, ARefThatLeadsElsewhereIsNotFollowed) {
  write(cache_ / "outside/x.csv", "x");
  write(repo_ / "refs/main", "../../outside");
  EXPECT_FALSE(found("main", OtherRevisions::accept).has_value());
  write(repo_ / "refs/main", kMissing);
  EXPECT_FALSE(found("main", OtherRevisions::accept).has_value());
}

TEST_F(HubCacheTest, AnEmptyCacheHasNoSnapshot) { EXPECT_FALSE(found(kOld, OtherRevisions::accept).has_value()); }

TEST(HubIsOffline, OnlyWhatStandsForYesCounts) {
  for (const char* yes : {"1", "on", "TRUE", " Yes "}) {
    const test::EnvironmentVariable variable("HF_HUB_OFFLINE", yes);
    EXPECT_TRUE(hub_is_offline()) << yes;
  }
  for (const char* no : {"", "0", "no", "false", "11"}) {
    const test::EnvironmentVariable variable("HF_HUB_OFFLINE", no);
    EXPECT_FALSE(hub_is_offline()) << no;
  }
}

}  // namespace
}  // namespace osler
