#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "hub/fake_hub.h"
#include "osler/core/hash.h"
#include "support/command.h"
#include "support/split_gguf.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";
const fs::path kModels = fs::path(OSLER_SOURCE_DIR) / "models/phantom";

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The phantom's small model on a hub, and two questions to ask it.
class HubModel : public testing::Test {
 protected:
  HubModel() {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder_.path() / "ward", fs::copy_options::recursive);
    hub_.add("README.md", "not needed", false);
    hub_.add("Phantom-Q8_0.gguf", model_);
    hub_.add("mmproj-Phantom-F16.gguf", projector_);
  }

  CommandResult run(const std::string& model, const std::map<std::string, std::string>& environment = {},
                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{kOsler,   "run",  "--model", model, "--benchmark", "ward/ward.yaml",
                                     "--data", "ward", "--limit", "2",   "--threads",   "1"};
    command.insert(command.end(), more.begin(), more.end());
    return run_command(command, {.environment = variables(environment), .folder = folder_.path()});
  }

  [[nodiscard]] std::map<std::string, std::string> variables(std::map<std::string, std::string> more) const {
    more.merge(std::map<std::string, std::string>{{"HF_HUB_CACHE", cache().string()},
                                                  {"HF_ENDPOINT", hub_.server().url()},
                                                  {"HF_TOKEN", "secret"},
                                                  {"HF_HUB_OFFLINE", ""},
                                                  {"no_proxy", "127.0.0.1"}});
    return more;
  }

  /// The manifest of the only run.
  [[nodiscard]] nlohmann::json manifest() const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "runs")) {
      if (entry.path().filename() == "manifest.json") return nlohmann::json::parse(content_of(entry.path()));
    }
    return {};
  }

  [[nodiscard]] fs::path cache() const { return folder_.path() / "cache"; }
  [[nodiscard]] fs::path snapshot() const { return cache() / "models--org--name/snapshots" / FakeHub::kCommit; }

  const std::string model_ = content_of(kModels / "phantom-small.gguf");
  const std::string projector_ = content_of(kModels / "mmproj-phantom-small.gguf");
  TemporaryFolder folder_;
  FakeHub hub_{"model"};
};

TEST_F(HubModel, IsFetchedRunAndNamedInTheManifest) {
  const auto ran = run("hf:org/name");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("org/name at commit " + FakeHub::kCommit + ": Phantom-Q8_0.gguf, 2 files of 2.2 MB"),
                    HasSubstr("2.2 MB to be fetched into " + cache().string())));
  EXPECT_EQ(hub_.file_requests(), 2U);
  EXPECT_FALSE(fs::exists(snapshot() / "README.md"));
  const auto first = manifest();
  EXPECT_EQ(first["model"], "Phantom-Q8_0");
  EXPECT_EQ(first["identity"]["model_sha256"], sha256_hex(model_));
  const auto& details = first["details"];
  EXPECT_EQ(details["hub_repo"], "org/name");
  EXPECT_EQ(details["hub_revision"], "main");
  EXPECT_EQ(details["hub_commit"], FakeHub::kCommit);
  EXPECT_EQ(details["hub_quant"], "Q8_0");
  EXPECT_EQ(details["hub_file_0"], "Phantom-Q8_0.gguf");
  EXPECT_EQ(details["hub_sha256_0"], sha256_hex(model_));
  EXPECT_EQ(details["hub_file_1"], "mmproj-Phantom-F16.gguf");
  EXPECT_EQ(details["hub_sha256_1"], sha256_hex(projector_));

  // The second time nothing is fetched and nothing is asked again.
  const auto again = run("hf:org/name:q8_0@main");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.err, AllOf(HasSubstr("all are in the cache"), HasSubstr("2 answers were there already")));
  EXPECT_EQ(hub_.file_requests(), 2U);
}

TEST_F(HubModel, WithoutAHubWhatIsInTheCacheIsTaken) {
  ASSERT_EQ(run("hf:org/name").status, 0);
  const auto before = hub_.server().requests().size();
  const auto offline = run("hf:org/name", {{"HF_HUB_OFFLINE", "1"}});
  EXPECT_EQ(offline.status, 0) << offline.err;
  EXPECT_THAT(offline.err, AllOf(HasSubstr("HF_HUB_OFFLINE is set"), HasSubstr("at commit " + FakeHub::kCommit),
                                 HasSubstr("2 answers were there already")));
  const auto unreachable = run("hf:org/name", {{"HF_ENDPOINT", "http://127.0.0.1:9"}});
  EXPECT_EQ(unreachable.status, 0) << unreachable.err;
  EXPECT_THAT(unreachable.err, AllOf(HasSubstr("127.0.0.1:9"), HasSubstr("org/name is taken from the cache")));
  EXPECT_EQ(manifest()["details"]["hub_sha256_0"], sha256_hex(model_));
  EXPECT_EQ(hub_.server().requests().size(), before);
}

TEST_F(HubModel, WhatTheCacheDoesNotHaveIsSaidOffline) {
  const auto nothing = run("hf:org/name", {{"HF_HUB_OFFLINE", "1"}});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr("the cache does not have org/name at main"), HasSubstr("HF_HUB_OFFLINE")));
  const auto unreachable = run("hf:org/name", {{"HF_ENDPOINT", "http://127.0.0.1:9"}});
  EXPECT_EQ(unreachable.status, 1);
  EXPECT_THAT(unreachable.err, HasSubstr("127.0.0.1:9"));
  ASSERT_EQ(run("hf:org/name").status, 0);
  const auto other = run("hf:org/name:F16", {{"HF_HUB_OFFLINE", "1"}});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.err, AllOf(HasSubstr("has no GGUF file for 'F16'"), HasSubstr("it has: Q8_0")));
}

TEST_F(HubModel, TheSameCommandGoesOnWhereTheConnectionBroke) {
  constexpr std::size_t kArrived = 1000;
  bool broken = true;
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!broken || !request.target.ends_with("/Phantom-Q8_0.gguf")) return std::nullopt;
    if (request.from_byte()) return HttpResponse{.status = 403};
    return HttpResponse{.body = model_, .cut_after = kArrived};
  });
  EXPECT_EQ(run("hf:org/name").status, 1);
  EXPECT_FALSE(fs::exists(snapshot() / "Phantom-Q8_0.gguf"));
  broken = false;
  std::optional<std::size_t> asked_from;
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.target.ends_with("/Phantom-Q8_0.gguf")) asked_from = request.from_byte();
    return std::nullopt;
  });
  const auto second = run("hf:org/name");
  EXPECT_EQ(second.status, 0) << second.err;
  EXPECT_EQ(asked_from, kArrived);
}

TEST_F(HubModel, AnInterruptStopsTheFetchAndTheSameCommandGoesOn) {
  const auto pid_file = folder_.path() / "pid";
  bool hanging = true;
  hub_.intercept([&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!hanging || !request.target.ends_with("/Phantom-Q8_0.gguf")) return std::nullopt;
    ::kill(std::stoi(content_of(pid_file)), SIGINT);
    return HttpResponse{.body = model_, .cut_after = 10, .hang = true};
  });
  const auto stopped =
      run_command({"sh", "-c", "echo $$ > pid; exec " + kOsler + " run -m hf:org/name -b ward/ward.yaml -d ward -n 2"},
                  {.environment = variables({}), .folder = folder_.path()});
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.err, HasSubstr("the same command goes on where this one stopped"));
  hanging = false;
  EXPECT_EQ(run("hf:org/name").status, 0);
}

TEST_F(HubModel, AGatedOneSaysHowToGetIn) {
  int status = 403;
  hub_.intercept([&](const HttpRequest&) { return HttpResponse{.status = status}; });
  const auto forbidden = run("hf:org/name");
  EXPECT_EQ(forbidden.status, 1);
  EXPECT_THAT(forbidden.err, AllOf(HasSubstr("status 403"), HasSubstr("accept the terms at " + hub_.page()),
                                   Not(HasSubstr("secret"))));
  status = 401;
  const auto unknown = run("hf:org/name", {{"HF_TOKEN", ""}, {"HF_HOME", folder_.path().string()}});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("status 401"), HasSubstr("set HF_TOKEN")));
}

TEST_F(HubModel, WhatIsNotThereIsSaidWithWhatIs) {
  const auto quant = run("hf:org/name:Q3_K_S");
  EXPECT_EQ(quant.status, 1);
  EXPECT_THAT(quant.err, AllOf(HasSubstr("has no GGUF file for 'Q3_K_S'"), HasSubstr("it has: Q8_0")));
  const auto repo = run("hf:org/other");
  EXPECT_EQ(repo.status, 1);
  EXPECT_THAT(repo.err, HasSubstr("has no model 'org/other'"));
  for (const auto* bad : {"hf:", "hf:name", "hf:../../etc:Q8_0", "hf:org/name@../x", "hf:org/name:a:b"}) {
    EXPECT_EQ(run(bad).status, 2) << bad;
  }
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(HubModel, WithoutAProjectorItCannotSee) {
  hub_.listing()["siblings"].erase(2);
  const auto blind = run("hf:org/name");
  EXPECT_EQ(blind.status, 1);
  EXPECT_THAT(blind.err, AllOf(HasSubstr("has no vision projector"), HasSubstr("--mmproj FILE")));
  EXPECT_EQ(hub_.file_requests(), 0U);
  const auto given = run("hf:org/name", {}, {"--mmproj", (kModels / "mmproj-phantom-small.gguf").string()});
  EXPECT_EQ(given.status, 0) << given.err;
  EXPECT_FALSE(manifest()["details"].contains("hub_file_1"));
}

TEST_F(HubModel, AProjectorOfTheRepositoryCanBeNamed) {
  hub_.add("mmproj-Phantom-Q8_0.gguf", "not a projector, but the nearest");
  EXPECT_EQ(run("hf:org/name").status, 1);
  const auto named = run("hf:org/name", {}, {"--mmproj", "mmproj-Phantom-F16.gguf"});
  EXPECT_EQ(named.status, 0) << named.err;
  EXPECT_EQ(manifest()["details"]["hub_file_1"], "mmproj-Phantom-F16.gguf");
}

TEST_F(HubModel, OfSeveralPartsAllAreFetchedAndCount) {
  hub_.listing()["siblings"].erase(1);
  const auto parts = split_gguf(kModels / "phantom-small.gguf", folder_.path());
  for (const auto& part : parts) hub_.add(part.filename().string(), content_of(part));
  const auto ran = run("hf:org/name");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(hub_.file_requests(), 3U);
  const auto stored = manifest();
  EXPECT_EQ(stored["model"], "phantom-small");
  EXPECT_EQ(stored["details"]["hub_file_1"], "phantom-small-00002-of-00002.gguf");
  std::string hashes;
  for (const auto& part : parts) hashes += sha256_hex(content_of(part)) + "\n";
  EXPECT_EQ(stored["identity"]["model_sha256"], sha256_hex(hashes));
}

TEST_F(HubModel, ADiskThatIsTooSmallIsKnownBeforeTheFetch) {
  hub_.entry("Phantom-Q8_0.gguf")["lfs"]["size"] = std::uint64_t{1'000'000'000'000'000};
  const auto full = run("hf:org/name");
  EXPECT_EQ(full.status, 1);
  EXPECT_THAT(full.err, AllOf(HasSubstr("1000000.0 GB are to be fetched, but only"), HasSubstr("HF_HUB_CACHE")));
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(HubModel, NamesThatLeadOutOfTheFolderAreRefused) {
  hub_.add("../../../../escaped-Q4_K_M.gguf", model_);
  const auto hostile = run("hf:org/name");
  EXPECT_EQ(hostile.status, 1);
  EXPECT_THAT(hostile.err, HasSubstr("cannot be a file in a folder"));
  EXPECT_EQ(hub_.file_requests(), 0U);
}

TEST_F(HubModel, PlansAndJudgesTakeIt) {
  const auto planned = run_command(
      {kOsler, "plan", "-m", "hf:org/name", "-b", "ward/ward.yaml", "-d", "ward", "-n", "2", "--no-measure"},
      {.environment = variables({}), .folder = folder_.path()});
  EXPECT_EQ(planned.status, 0) << planned.err;
  EXPECT_EQ(hub_.file_requests(), 2U);
  // Its replies hold no verdict; that they come at all is what counts here.
  const auto open = (fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/open").string();
  const auto asked =
      run_command({kOsler, "run", "-m", "replay:" + open + "/some-model.jsonl", "-b", open + "/open.yaml", "-d", open},
                  {.environment = variables({}), .folder = folder_.path()});
  ASSERT_EQ(asked.status, 0) << asked.err;
  const auto judged = run_command({kOsler, "judge", "runs", "-m", "hf:org/name", "-n", "1"},
                                  {.environment = variables({}), .folder = folder_.path()});
  EXPECT_EQ(judged.status, 0) << judged.err;
  EXPECT_THAT(judged.err, HasSubstr("Phantom-Q8_0 judges"));
  const auto of_judge = folder_.path() / "runs/some-model/open/paper/judge/Phantom-Q8_0/manifest.json";
  EXPECT_EQ(nlohmann::json::parse(content_of(of_judge))["details"]["hub_commit"], FakeHub::kCommit);
  EXPECT_EQ(hub_.file_requests(), 2U);
}

}  // namespace
}  // namespace osler::test
