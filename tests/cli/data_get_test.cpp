#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "hub/fake_hub.h"
#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";
const fs::path kSlices = fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices";

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The slices of the fixtures on a hub of their own, with a card that says so.
class DataGet : public testing::Test {
 protected:
  DataGet() {
    for (const auto& entry : fs::directory_iterator(kSlices / "images")) {
      hub_.add("images/" + entry.path().filename().string(), content_of(entry.path()), false);
    }
    hub_.add("items.jsonl", content_of(kSlices / "items.jsonl"));
    hub_.add("README.md", "not needed", false);
    write_card(FakeHub::kCommit);
  }

  void write_card(const std::string& revision, const std::string& more_splits = {}) {
    std::string card = content_of(kSlices / "slices.yaml");
    const std::string files = "    files:\n      test: [\"items.jsonl\"]\n";
    card.replace(card.find(files), files.size(),
                 "    hub:\n      repo: org/name\n      revision: " + revision +
                     "\n      files: [\"*.jsonl\", \"images/*.png\"]\n" + files + more_splits);
    std::ofstream(folder_.path() / "slices.yaml") << card;
  }

  [[nodiscard]] fs::path cache() const { return folder_.path() / "cache"; }
  [[nodiscard]] fs::path snapshot() const { return cache() / "datasets--org--name/snapshots" / FakeHub::kCommit; }

  CommandResult osler(std::vector<std::string> arguments, const std::map<std::string, std::string>& more = {}) {
    arguments.insert(arguments.begin(), kOsler);
    return run_command(arguments, {.environment = environment(more), .folder = folder_.path()});
  }

  [[nodiscard]] std::map<std::string, std::string> environment(const std::map<std::string, std::string>& more) const {
    std::map<std::string, std::string> variables = more;
    variables.merge(std::map<std::string, std::string>{{"HF_HUB_CACHE", cache().string()},
                                                       {"HF_ENDPOINT", hub_.server().url()},
                                                       {"HF_TOKEN", "secret"},
                                                       {"HF_HUB_OFFLINE", ""},
                                                       {"OSLER_DATA", ""},
                                                       {"no_proxy", "127.0.0.1"}});
    return variables;
  }

  /// How many files are under their names.
  [[nodiscard]] std::size_t files_there() const {
    std::size_t count = 0;
    std::error_code none;
    for (fs::recursive_directory_iterator entry(snapshot(), none); entry != fs::recursive_directory_iterator();
         ++entry) {
      if (entry->is_regular_file()) ++count;
    }
    return count;
  }

  TemporaryFolder folder_;
  FakeHub hub_;
};

TEST_F(DataGet, WhatIsFetchedIsListedAndCheckedWithoutTheHub) {
  const auto got = osler({"data", "get", "slices.yaml"});
  ASSERT_EQ(got.status, 0) << got.err;
  EXPECT_THAT(got.out, AllOf(HasSubstr("slices  (form jsonl, licence: Apache-2.0)"),
                             HasSubstr("org/name at " + FakeHub::kCommit), HasSubstr("files  17, "),
                             HasSubstr(snapshot().string()), HasSubstr("osler data check slices.yaml\n")));
  EXPECT_EQ(got.err, "");
  EXPECT_EQ(files_there(), 17U);  // the README is not asked for

  const std::map<std::string, std::string> offline{{"HF_HUB_OFFLINE", "1"}, {"HF_ENDPOINT", "http://127.0.0.1:9"}};
  const auto listed = osler({"data", "list", "slices.yaml"}, offline);
  EXPECT_EQ(listed.status, 0);
  EXPECT_THAT(listed.out, testing::ContainsRegex("slices:test \\(jsonl\\) +96 +96 +- +hub: org/name at cccccccc\n"));
  EXPECT_THAT(listed.out, Not(HasSubstr("Not here")));
  const auto checked = osler({"data", "check", "slices.yaml"}, offline);
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("every image decodes"));
}

TEST_F(DataGet, NothingIsAskedForWhatIsThereAtAPinnedCommit) {
  ASSERT_EQ(osler({"data", "get", "slices.yaml"}).status, 0);
  const auto before = hub_.server().requests().size();
  const auto again = osler({"data", "get", "slices.yaml"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.out, AllOf(HasSubstr("all are in the cache"), HasSubstr(snapshot().string())));
  EXPECT_EQ(hub_.server().requests().size(), before);
  // A name whose content is gone is no file.
  fs::remove(fs::canonical(snapshot() / "items.jsonl"));
  const auto mended = osler({"data", "get", "slices.yaml"});
  EXPECT_EQ(mended.status, 0) << mended.err;
  EXPECT_EQ(hub_.server().requests().size(), before + 2);
  EXPECT_EQ(files_there(), 17U);
}

TEST_F(DataGet, ABranchIsAskedForItsCommitWhichIsToBeCited) {
  write_card("main");
  for (int time = 0; time < 2; ++time) {
    const auto got = osler({"data", "get", "slices.yaml"});
    ASSERT_EQ(got.status, 0) << got.err;
    EXPECT_THAT(got.out, AllOf(HasSubstr("org/name at " + FakeHub::kCommit), HasSubstr("'main' stands: cite it")));
  }
  EXPECT_EQ(hub_.list_requests(), 2U);
  EXPECT_EQ(hub_.file_requests(), 17U);
  EXPECT_EQ(content_of(cache() / "datasets--org--name/refs/main"), FakeHub::kCommit);
}

TEST_F(DataGet, OnlyTheNamedSplitsFilesAreFetched) {
  hub_.add("training.jsonl", "{}\n");
  write_card(FakeHub::kCommit, "      train: [\"training.jsonl\"]\n");
  ASSERT_EQ(osler({"data", "get", "slices.yaml:test"}).status, 0);
  EXPECT_TRUE(fs::exists(snapshot() / "items.jsonl"));
  EXPECT_FALSE(fs::exists(snapshot() / "training.jsonl"));
  // Without a split all that the card names is wanted, and what is there is not all.
  ASSERT_EQ(osler({"data", "get", "slices.yaml"}).status, 0);
  EXPECT_TRUE(fs::exists(snapshot() / "training.jsonl"));
  const auto unknown = osler({"data", "get", "slices.yaml", "--split", "night"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("slices has no split 'night'; it has: test, train"));
}

TEST_F(DataGet, ADryRunListsFilesAndSizesAndFetchesNone) {
  const auto size = fs::file_size(kSlices / "items.jsonl");
  const auto text = osler({"data", "get", "slices.yaml", "--dry-run"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(testing::ContainsRegex(" kB  items.jsonl\n"), Not(HasSubstr("README"))));
  const auto json = osler({"data", "get", "slices.yaml", "--dry-run", "--json"});
  EXPECT_EQ(json.status, 0) << json.err;
  const auto plan = nlohmann::json::parse(json.out);
  EXPECT_EQ(plan.at("files"), 17);
  EXPECT_EQ(plan.at("missing_bytes"), plan.at("bytes"));
  EXPECT_TRUE(plan.at("folder").is_null());
  EXPECT_EQ(plan.at("list").back(), (nlohmann::json{{"path", "items.jsonl"}, {"bytes", size}}));
  EXPECT_EQ(hub_.file_requests(), 0U);
  EXPECT_FALSE(fs::exists(cache()));
}

TEST_F(DataGet, JsonSaysWhereTheFilesAre) {
  const auto other = folder_.path() / "other";
  const auto got = osler({"data", "get", "slices.yaml", "--json", "--cache", other.string()});
  ASSERT_EQ(got.status, 0) << got.err;
  const auto json = nlohmann::json::parse(got.out);
  EXPECT_EQ(json.at("benchmark"), "slices");
  EXPECT_EQ(json.at("repo"), "org/name");
  EXPECT_EQ(json.at("revision"), FakeHub::kCommit);
  EXPECT_EQ(json.at("commit"), FakeHub::kCommit);
  EXPECT_EQ(json.at("files"), 17);
  EXPECT_EQ(json.at("folder"), (other / "datasets--org--name/snapshots" / FakeHub::kCommit).string());
  EXPECT_FALSE(fs::exists(cache()));
}

TEST_F(DataGet, TheNextCommandOfAnotherCacheFindsTheData) {
  const auto got = osler({"data", "get", "slices.yaml", "--cache", "other folder"});
  ASSERT_EQ(got.status, 0) << got.err;
  const auto command = got.out.substr(got.out.find("next   osler ") + std::string("next   osler ").size());
  EXPECT_THAT(command, HasSubstr("--data '"));
  const auto next =
      run_command({"sh", "-c", kOsler + " " + command}, {.environment = environment({}), .folder = folder_.path()});
  EXPECT_EQ(next.status, 0) << next.err;
}

TEST_F(DataGet, RefusalsSayWhatToDo) {
  int status = 401;
  hub_.intercept([&status](const HttpRequest&) { return HttpResponse{.status = status}; });
  const auto unauthorised = osler({"data", "get", "slices.yaml"}, {{"HF_TOKEN", "wrong"}});
  EXPECT_EQ(unauthorised.status, 1);
  EXPECT_THAT(unauthorised.err, AllOf(HasSubstr("401"), HasSubstr("HF_TOKEN")));
  EXPECT_EQ(std::count(unauthorised.err.begin(), unauthorised.err.end(), '\n'), 1);
  EXPECT_EQ(unauthorised.out, "");
  status = 404;
  const auto absent = osler({"data", "get", "slices.yaml"});
  EXPECT_EQ(absent.status, 1);
  EXPECT_THAT(absent.err, AllOf(HasSubstr("org/name"), HasSubstr("404")));
}

TEST_F(DataGet, TheSameCommandGoesOnWhereTheConnectionBroke) {
  constexpr std::size_t kArrived = 100;
  bool broken = true;
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!broken || !request.target.ends_with("/items.jsonl")) return std::nullopt;
    if (request.from_byte()) return HttpResponse{.status = 403};
    return HttpResponse{.body = content_of(kSlices / "items.jsonl"), .cut_after = kArrived};
  });
  const auto first = osler({"data", "get", "slices.yaml"});
  EXPECT_EQ(first.status, 1);
  EXPECT_FALSE(fs::exists(snapshot() / "items.jsonl"));
  broken = false;
  const auto second = osler({"data", "get", "slices.yaml"});
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(hub_.server().requests().back().from_byte(), kArrived);
  EXPECT_EQ(content_of(snapshot() / "items.jsonl"), content_of(kSlices / "items.jsonl"));
}

TEST_F(DataGet, AnInterruptStopsItAndTheSameCommandGoesOn) {
  // The signal is sent when the request is there, so that nothing depends on time.
  const auto pid_file = folder_.path() / "pid";
  bool hanging = true;
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!hanging || !request.target.ends_with("/items.jsonl")) return std::nullopt;
    ::kill(std::stoi(content_of(pid_file)), SIGINT);
    return HttpResponse{.body = content_of(kSlices / "items.jsonl"), .cut_after = 10, .hang = true};
  });
  const auto stopped = run_command({"sh", "-c", "echo $$ > pid; exec " + kOsler + " data get slices.yaml"},
                                   {.environment = environment({}), .folder = folder_.path()});
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.err, HasSubstr("stopped; the same command goes on where this one stopped"));
  hanging = false;
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}).status, 0);
  EXPECT_EQ(files_there(), 17U);
}

TEST_F(DataGet, OfflineNothingIsAskedAndAPartIsNotTakenForTheWhole) {
  const std::map<std::string, std::string> offline{{"HF_HUB_OFFLINE", "yes"}};
  const auto nothing = osler({"data", "get", "slices.yaml"}, offline);
  EXPECT_EQ(nothing.status, 1);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr("org/name"), HasSubstr("HF_HUB_OFFLINE")));
  EXPECT_EQ(hub_.server().requests().size(), 0U);
  ASSERT_EQ(osler({"data", "get", "slices.yaml"}).status, 0);
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}, offline).status, 0);
  fs::remove(snapshot() / "items.jsonl");
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}, offline).status, 1);
}

TEST_F(DataGet, MissingShardsAreNotTakenForTheWhole) {
  const std::map<std::string, std::string> offline{{"HF_HUB_OFFLINE", "1"}};
  write_card(FakeHub::kCommit, "      train: [\"train-*.jsonl\"]\n");
  ASSERT_EQ(osler({"data", "get", "slices.yaml:test"}).status, 0);
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}, offline).status, 1);  // the split train is not there
  std::ofstream(snapshot() / "train-00000-of-00002.jsonl") << "{}\n";
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}, offline).status, 1);
  std::ofstream(snapshot() / "train-00001-of-00002.jsonl") << "{}\n";
  EXPECT_EQ(osler({"data", "get", "slices.yaml"}, offline).status, 0);
}

TEST_F(DataGet, ALargeFetchMustBeMeant) {
  hub_.entry("items.jsonl")["lfs"]["size"] = 11'200'000'000;
  const auto asked = osler({"data", "get", "slices.yaml", "--split", "test"});
  EXPECT_EQ(asked.status, 2);
  EXPECT_THAT(asked.err, AllOf(HasSubstr("11.2 GB"), HasSubstr("osler data get slices.yaml --split test --yes")));
  EXPECT_EQ(hub_.file_requests(), 0U);
  hub_.entry("items.jsonl")["lfs"]["size"] = std::uint64_t{1'000'000'000'000'000};
  const auto full = osler({"data", "get", "slices.yaml", "--yes"});
  EXPECT_EQ(full.status, 1) << full.out;
  EXPECT_THAT(full.err, HasSubstr("are free"));
}

TEST_F(DataGet, WhatNoHubHasIsSaidToBeElsewhere) {
  const auto form = osler({"data", "get", "vqa-rad", "--form", "osf"});
  EXPECT_EQ(form.status, 1);
  EXPECT_THAT(form.err, HasSubstr("https://osf.io/89kps"));
  EXPECT_THAT(osler({"data", "get", "phantom"}).err, HasSubstr("osler phantom generate"));
  EXPECT_EQ(osler({"data", "get", "vqa-rad", "--form", "scroll"}).status, 2);
  EXPECT_EQ(osler({"data", "get", "vqa-rad", "slake", "--revision", "main"}).status, 2);
  EXPECT_EQ(hub_.server().requests().size(), 0U);
}

TEST_F(DataGet, ASplitDecidesWhichFormIsAskedFor) {
  const auto bundle = osler({"data", "get", "omnimedvqa:bundle", "--dry-run"});
  EXPECT_EQ(bundle.status, 1);  // this hub does not have it
  ASSERT_EQ(hub_.server().requests().size(), 1U);
  EXPECT_THAT(hub_.server().requests().front().target, HasSubstr("FreedomIntelligence/"));
}

}  // namespace
}  // namespace osler::test
