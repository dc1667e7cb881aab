#include "osler/hub/fetch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include <fstream>
#include <thread>

#include "hub/fake_hub.h"
#include "osler/core/hash.h"
#include "osler/storage/files.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

namespace osler::hub {
namespace {

namespace fs = std::filesystem;
using test::FakeHub;
using test::HttpRequest;
using test::HttpResponse;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FetchTest : public testing::Test {
 protected:
  HubSettings settings() {
    HubSettings settings;
    settings.http.endpoint = hub_.server().url();
    settings.http.attempts = 3;
    settings.http.wait = [](std::chrono::milliseconds, const std::stop_token&) {};
    settings.cache = cache_;
    return settings;
  }

  Result<Fetched> run(const std::vector<std::string>& patterns = {}, const std::string& revision = "main") {
    return fetch({.repo = "org/name", .revision = revision, .patterns = patterns}, settings());
  }

  /// The message of a fetch that must fail.
  std::string failure(const std::vector<std::string>& patterns = {}, const std::string& revision = "main") {
    const auto result = run(patterns, revision);
    return result ? "did not fail" : result.error().message();
  }

  /// The content under a name in the snapshot.
  [[nodiscard]] std::string content(const std::string& path) const {
    return read_file(snapshot_ / path).value_or("none");
  }

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  [[nodiscard]] std::vector<std::string> blobs() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(repo_ / "blobs")) names.push_back(entry.path().filename());
    return names;
  }

  test::EnvironmentVariable direct_{"no_proxy", "127.0.0.1,localhost"};
  test::TemporaryFolder folder_;
  fs::path cache_ = folder_.path() / "hub";
  fs::path repo_ = cache_ / "datasets--org--name";
  fs::path snapshot_ = repo_ / "snapshots" / FakeHub::kCommit;
  FakeHub hub_;
};

TEST_F(FetchTest, FilesLieInTheCacheAsTheHubsOwnLibrariesLayThem) {
  hub_.add("README.md", "read me", /*large=*/false);
  hub_.add("data/deep/test-0.parquet", "rows");
  const auto fetched = run();
  ASSERT_TRUE(fetched.has_value()) << fetched.error().message();
  EXPECT_EQ(fetched->snapshot, snapshot_);
  EXPECT_EQ(fetched->commit, FakeHub::kCommit);
  EXPECT_EQ(fetched->files, 2U);
  EXPECT_EQ(fetched->files_downloaded, 2U);
  EXPECT_EQ(fetched->bytes, 11U);
  EXPECT_EQ(content("README.md"), "read me");
  EXPECT_EQ(content("data/deep/test-0.parquet"), "rows");
  EXPECT_EQ(fs::read_symlink(snapshot_ / "README.md"), "../../blobs/" + test::git_hash("read me"));
  EXPECT_EQ(fs::read_symlink(snapshot_ / "data/deep/test-0.parquet"), "../../../../blobs/" + sha256_hex("rows"));
  EXPECT_THAT(blobs(), testing::UnorderedElementsAre(test::git_hash("read me"), sha256_hex("rows")));
  EXPECT_EQ(read_file(repo_ / "refs/main").value(), FakeHub::kCommit);
  const auto found = snapshot_of(cache_, RepoKind::dataset, "org/name", "main");
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->folder, snapshot_);
}

TEST_F(FetchTest, OnlyWhatThePatternsMatchIsFetched) {
  hub_.add("a.csv", "a");
  hub_.add("b.csv", "b");
  ASSERT_TRUE(run({"a.*"}).has_value());
  EXPECT_EQ(content("a.csv"), "a");
  EXPECT_FALSE(fs::exists(snapshot_ / "b.csv"));
  EXPECT_THAT(failure({"*.zip"}), AllOf(HasSubstr(hub_.page()), HasSubstr("'*.zip'")));
}

TEST_F(FetchTest, ASecondFetchFetchesNoFile) {
  hub_.add("a.csv", "a");
  hub_.add("empty.txt", "", /*large=*/false);
  ASSERT_TRUE(run().has_value());
  const auto before = hub_.file_requests();
  const auto again = run();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->files_downloaded, 0U);
  EXPECT_EQ(hub_.file_requests(), before);
  EXPECT_EQ(hub_.list_requests(), 2U);
  EXPECT_EQ(content("empty.txt"), "");
}

TEST_F(FetchTest, FilesThatWereCopiedWithoutLinksCountIfTheyAreWhole) {
  hub_.add("a.csv", "aaaa");
  hub_.add("b.csv", "bbbb");
  write(snapshot_ / "a.csv", "aaaa");
  write(snapshot_ / "b.csv", "bb");
  const auto fetched = run();
  ASSERT_TRUE(fetched.has_value()) << fetched.error().message();
  EXPECT_EQ(fetched->files_downloaded, 1U);
  EXPECT_EQ(content("b.csv"), "bbbb");
}

TEST_F(FetchTest, ACommitIsFetchedWithoutWritingABranch) {
  hub_.add("a.csv", "a");
  ASSERT_TRUE(run({}, FakeHub::kCommit).has_value());
  EXPECT_FALSE(fs::exists(repo_ / "refs"));
  hub_.intercept([this](const HttpRequest&) { return HttpResponse{.body = hub_.listing().dump()}; });
  EXPECT_THAT(failure({}, std::string(40, 'd')), HasSubstr("answers with commit cccc"));
}

TEST_F(FetchTest, ABranchWithSlashesIsOneWordOfTheAddress) {
  hub_.add("a.csv", "a");
  ASSERT_TRUE(run({}, "refs/convert/parquet").has_value());
  EXPECT_EQ(read_file(repo_ / "refs/refs/convert/parquet").value(), FakeHub::kCommit);
}

TEST_F(FetchTest, NamesWithSpacesAndSignsArriveAsTheyAre) {
  const std::string name = "VQA RAD (Public) 100%25 #1?&+;=\xc3\xa9.json";
  hub_.add(name, "{}");
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(content(name), "{}");
}

TEST_F(FetchTest, TwoFilesOfOneContentAreFetchedOnce) {
  hub_.add("a.csv", "same");
  hub_.add("b/c.csv", "same");
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(hub_.file_requests(), 1U);
  EXPECT_EQ(content("b/c.csv"), "same");
}

TEST_F(FetchTest, ModelsHaveAddressesAndFoldersOfTheirOwn) {
  FakeHub hub("model");
  hub.add("model.gguf", "weights");
  auto settings = this->settings();
  settings.http.endpoint = hub.server().url();
  const auto fetched = fetch({.kind = RepoKind::model, .repo = "org/name", .patterns = {"*.gguf"}}, settings);
  ASSERT_TRUE(fetched.has_value()) << fetched.error().message();
  EXPECT_EQ(fetched->snapshot, cache_ / "models--org--name/snapshots" / FakeHub::kCommit);
  EXPECT_EQ(read_file(fetched->snapshot / "model.gguf").value(), "weights");
}

TEST_F(FetchTest, AnInterruptedFetchIsResumedByTheNext) {
  hub_.add("a.bin", std::string(1000, 'a') + std::string(1000, 'b'));
  hub_.intercept([](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.starts_with("/api/")) return std::nullopt;
    if (request.from_byte()) return HttpResponse{.status = 500};
    return HttpResponse{.body = std::string(2000, 'a'), .cut_after = 1000};
  });
  EXPECT_THAT(failure(), AllOf(HasSubstr("'a.bin'"), HasSubstr("what was fetched is kept")));
  EXPECT_FALSE(fs::exists(repo_ / "refs/main"));
  EXPECT_THAT(blobs(), ElementsAre(testing::EndsWith(".incomplete")));
  hub_.intercept({});
  const auto before = hub_.server().requests().size();
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(content("a.bin"), std::string(1000, 'a') + std::string(1000, 'b'));
  EXPECT_EQ(hub_.server().requests().at(before + 1).from_byte(), 1000U);
}

TEST_F(FetchTest, ARottenPartOfAnEarlierFetchIsThrownAway) {
  hub_.add("a.bin", "the content");
  write(repo_ / "blobs" / (sha256_hex("the content") + ".incomplete"), "rotten");
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(content("a.bin"), "the content");
  EXPECT_EQ(hub_.file_requests(), 2U);
}

TEST_F(FetchTest, AWrongContentIsRemovedAndNamed) {
  for (const bool large : {true, false}) {
    FakeHub hub;
    hub.add("a.bin", "the content", large);
    hub.content("a.bin") = "The content";
    auto settings = this->settings();
    settings.http.endpoint = hub.server().url();
    const auto fetched = fetch({.repo = "org/name"}, settings);
    ASSERT_FALSE(fetched.has_value());
    EXPECT_EQ(fetched.error().code, ErrorCode::mismatch);
    EXPECT_THAT(fetched.error().message(), AllOf(HasSubstr("'a.bin'"), HasSubstr(large ? "SHA-256" : "git hash")));
    EXPECT_THAT(blobs(), IsEmpty());
    EXPECT_FALSE(fs::exists(snapshot_ / "a.bin"));
  }
}

TEST_F(FetchTest, AWrongSizeIsNamed) {
  hub_.add("a.bin", "the content");
  hub_.content("a.bin") = "the content and more";
  EXPECT_THAT(failure(), AllOf(HasSubstr(hub_.page()), HasSubstr("'a.bin'"), HasSubstr("11 bytes were announced")));
  hub_.content("a.bin") = "the";
  EXPECT_THAT(failure(), HasSubstr("11 bytes were announced"));
  EXPECT_FALSE(fs::exists(snapshot_ / "a.bin"));
}

TEST_F(FetchTest, PathsThatLeaveTheCacheStopEverything) {
  hub_.add("a.csv", "a");
  hub_.add("../../../../escaped.txt", "x");
  EXPECT_THAT(failure({"a.csv"}), HasSubstr("cannot be a file in a folder"));
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(FetchTest, AFileWhereAFolderIsNeededIsAnError) {
  hub_.add("a", "x");
  hub_.add("a/b", "y");
  EXPECT_THAT(failure(), HasSubstr("cannot be written"));
}

TEST_F(FetchTest, AnswersThatAreNoJsonAreNamed) {
  hub_.intercept([](const HttpRequest&) { return HttpResponse{.body = "<html>Please log in to the network</html>"}; });
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("/api/datasets/org/name"), HasSubstr("not valid JSON"), HasSubstr("HF_ENDPOINT")));
}

TEST_F(FetchTest, RefusalsSayTheWayOut) {
  std::string code;
  int status = 401;
  hub_.intercept([&](const HttpRequest&) {
    return HttpResponse{.status = status, .headers = {{"X-Error-Code", code}}, .body = "{}"};
  });
  EXPECT_THAT(failure(),
              AllOf(HasSubstr("status 401"), HasSubstr("accept the terms at " + hub_.page()), HasSubstr("HF_TOKEN")));
  status = 403;
  EXPECT_THAT(failure(), AllOf(HasSubstr("status 403"), HasSubstr("accept the terms at " + hub_.page())));
  status = 404;
  EXPECT_THAT(failure(), AllOf(HasSubstr("no dataset 'org/name'"), HasSubstr("'main'")));
  code = "RevisionNotFound";
  EXPECT_THAT(failure({}, "v9"), HasSubstr("has no revision 'v9'"));
  status = 418;
  EXPECT_THAT(failure(), HasSubstr("status 418"));
  auto settings = this->settings();
  settings.http.token = "hf_old";
  status = 401;
  EXPECT_THAT(fetch({.repo = "org/name"}, settings).error().message(), HasSubstr("does not accept the token"));
  EXPECT_EQ(hub_.server().requests().size(), 6U);
}

TEST_F(FetchTest, AFileThatIsGoneIsNamed) {
  hub_.add("a.bin", "x");
  hub_.intercept([](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.starts_with("/api/")) return std::nullopt;
    return HttpResponse{.status = 404};
  });
  EXPECT_THAT(failure(), AllOf(HasSubstr("no file 'a.bin' at revision " + FakeHub::kCommit), HasSubstr("404")));
}

TEST_F(FetchTest, LargeFilesComeFromAnotherHostWithoutTheToken) {
  const test::HttpServer cdn([](const HttpRequest& request) { return test::content_response(request, "weights"); });
  hub_.add("a.bin", "weights");
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.starts_with("/api/")) return std::nullopt;
    return HttpResponse{.status = 302, .headers = {{"Location", cdn.url() + "/signed?key=1"}}};
  });
  auto settings = this->settings();
  settings.http.token = "hf_secret";
  ASSERT_TRUE(fetch({.repo = "org/name"}, settings).has_value());
  EXPECT_EQ(content("a.bin"), "weights");
  for (const auto& request : hub_.server().requests()) EXPECT_EQ(request.header("authorization"), "Bearer hf_secret");
  ASSERT_EQ(cdn.requests().size(), 1U);
  EXPECT_FALSE(cdn.requests().at(0).headers.contains("authorization"));
}

TEST_F(FetchTest, ProgressGrowsToTheWholeAndCountsWhatIsThere) {
  hub_.add("a.bin", "aaaa");
  ASSERT_TRUE(run().has_value());
  hub_.add("b.bin", std::string(100'000, 'b'));
  std::vector<FetchProgress> seen;
  ASSERT_TRUE(
      fetch({.repo = "org/name"}, settings(), [&](const FetchProgress& now) { seen.push_back(now); }).has_value());
  ASSERT_GE(seen.size(), 3U);
  EXPECT_EQ(seen.front().bytes_done, 4U);
  EXPECT_EQ(seen.front().files_done, 1U);
  EXPECT_EQ(seen.back().bytes_done, 100'004U);
  EXPECT_EQ(seen.back().files_done, 2U);
  std::uint64_t done = 0;
  for (const auto& now : seen) {
    EXPECT_EQ(now.bytes_total, 100'004U);
    EXPECT_EQ(now.files_total, 2U);
    EXPECT_GE(now.bytes_done, done);
    done = now.bytes_done;
  }
}

TEST_F(FetchTest, AStopKeepsWhatWasFetched) {
  hub_.add("a.bin", "aaaa");
  hub_.add("b.bin", "bbbb");
  std::stop_source stop;
  const auto stop_at_b = [&](const FetchProgress& now) {
    if (now.files_done == 1) stop.request_stop();
  };
  const auto fetched = fetch({.repo = "org/name"}, settings(), stop_at_b, stop.get_token());
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().code, ErrorCode::interrupted);
  EXPECT_EQ(content("a.bin"), "aaaa");
  EXPECT_FALSE(fs::exists(snapshot_ / "b.bin"));
  EXPECT_FALSE(fs::exists(repo_ / "refs/main"));
}

TEST_F(FetchTest, AStopEndsTheWaitForAnotherProcess) {
  hub_.add("a.bin", "aaaa");
  const auto path = cache_ / ".locks/datasets--org--name" / (sha256_hex("aaaa") + ".lock");
  write(path, "");
  const Descriptor other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
  std::stop_source stop;
  const auto fetched = fetch(
      {.repo = "org/name"}, settings(), [&](const FetchProgress&) { stop.request_stop(); }, stop.get_token());
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().code, ErrorCode::interrupted);
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(FetchTest, TwoFetchesAtOnceFetchEveryFileOnce) {
  for (int i = 0; i < 8; ++i) hub_.add(std::to_string(i) + ".bin", std::string(100'000, static_cast<char>('a' + i)));
  std::vector<Result<Fetched>> results(2);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = run(); });
  }
  for (const auto& result : results) EXPECT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(hub_.file_requests(), 8U);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(content(std::to_string(i) + ".bin"), std::string(100'000, static_cast<char>('a' + i)));
  }
}

TEST_F(FetchTest, MoreThanTheDiskHoldsIsRefusedBeforehand) {
  hub_.add("a.bin", "x");
  hub_.entry("a.bin")["lfs"]["size"] = std::uint64_t{1} << 50;
  EXPECT_THAT(failure(), AllOf(HasSubstr("1125899.9 GB are to be fetched"), HasSubstr("HF_HUB_CACHE")));
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(FetchTest, ListingDoesNotWriteAnything) {
  hub_.add("a.bin", "x");
  hub_.add("b.csv", "y");
  const auto listing = list_files({.repo = "org/name", .patterns = {"*.csv"}}, settings());
  ASSERT_TRUE(listing.has_value());
  ASSERT_EQ(listing->files.size(), 1U);
  EXPECT_EQ(listing->files[0].path, "b.csv");
  EXPECT_FALSE(fs::exists(cache_));
}

TEST_F(FetchTest, PartOfAListingIsFetchedWithoutAskingForTheListAgain) {
  for (const char* name : {"a.bin", "b.bin", "c.bin"}) hub_.add(name, std::string("content of ") + name);
  const FetchRequest request{.repo = "org/name"};
  auto listing = list_files(request, settings());
  ASSERT_TRUE(listing.has_value());
  listing->files.pop_back();
  EXPECT_EQ(missing_bytes(request, *listing, settings()), 32U);
  write(repo_ / "blobs" / (listing->files[0].etag + ".incomplete"), "content");
  EXPECT_EQ(missing_bytes(request, *listing, settings()), 25U);
  const auto fetched = fetch_listed(request, *listing, settings());
  ASSERT_TRUE(fetched.has_value()) << fetched.error().message();
  EXPECT_EQ(fetched->files_downloaded, 2U);
  EXPECT_EQ(content("b.bin"), "content of b.bin");
  EXPECT_EQ(missing_bytes(request, *listing, settings()), 0U);
  EXPECT_EQ(hub_.list_requests(), 1U);
}

TEST_F(FetchTest, BadNamesAndAMissingCacheAreRefusedWithoutAsking) {
  auto settings = this->settings();
  EXPECT_EQ(fetch({.repo = "../name"}, settings).error().code, ErrorCode::usage);
  EXPECT_EQ(fetch({.repo = "org/name", .revision = "../x"}, settings).error().code, ErrorCode::usage);
  settings.cache.clear();
  EXPECT_THAT(fetch({.repo = "org/name"}, settings).error().message(), HasSubstr("HF_HUB_CACHE"));
  EXPECT_THAT(hub_.server().requests(), IsEmpty());
}

TEST_F(FetchTest, ACacheThatCannotBeMadeIsNamed) {
  hub_.add("a.bin", "x");
  write(cache_, "a file");
  EXPECT_THAT(failure(), AllOf(HasSubstr(repo_.string()), HasSubstr("cannot be written"), HasSubstr("HF_HUB_CACHE")));
}

TEST_F(FetchTest, SettingsComeFromTheEnvironment) {
  hub_.add("a.bin", "x");
  const test::EnvironmentVariable endpoint("HF_ENDPOINT", hub_.server().url() + "/");
  const test::EnvironmentVariable token("HF_TOKEN", "hf_mine");
  const test::EnvironmentVariable cache("HF_HUB_CACHE", cache_.string());
  ASSERT_TRUE(fetch({.repo = "org/name"}, hub_settings()).has_value());
  EXPECT_EQ(content("a.bin"), "x");
  EXPECT_EQ(hub_.server().requests().at(0).header("authorization"), "Bearer hf_mine");
}

}  // namespace
}  // namespace osler::hub
