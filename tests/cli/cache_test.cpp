// The response cache, as a user meets it: a tiny model answers drawn slices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string read(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

class CacheCommand : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices", folder() / "slices", fs::copy_options::recursive);
  }

  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }
  [[nodiscard]] const TinyModelFiles& model() const { return model_; }
  [[nodiscard]] fs::path cache() const { return folder() / "caches/osler/responses.sqlite"; }

  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments,
                       {.environment = {{"XDG_CACHE_HOME", (folder() / "caches").string()}}, .folder = folder()});
  }
  /// Twelve questions on two pictures.
  [[nodiscard]] CommandResult run(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"run",
                                       "--model",
                                       model_.model.string(),
                                       "--mmproj",
                                       model_.mmproj.string(),
                                       "-b",
                                       "slices/slices.yaml",
                                       "-d",
                                       "slices",
                                       "-t",
                                       "1",
                                       "--limit",
                                       "12",
                                       "-o",
                                       out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }
  /// The run's folder below `out`.
  [[nodiscard]] fs::path run_folder(const std::string& out) const {
    for (const auto& entry : fs::recursive_directory_iterator(folder() / out)) {
      if (entry.path().filename() == "manifest.json") return entry.path().parent_path();
    }
    return {};
  }
  [[nodiscard]] std::size_t cached(const std::string& out) const {
    std::ifstream lines(run_folder(out) / "responses.jsonl");
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) count += json::parse(line).value("cached", false) ? 1U : 0U;
    return count;
  }
  [[nodiscard]] json stats() const {
    const auto result = osler({"cache", "stats", "--json"});
    EXPECT_EQ(result.status, 0) << result.err;
    return json::parse(result.out);
  }

 private:
  TemporaryFolder folder_;
  TinyModelFiles model_ = tiny_model(tiny_vlm::Architecture::qwen25vl, tiny_vlm::Voice::boxed);
};

TEST_F(CacheCommand, TheSameRunElsewhereIsServedWithTheSameGradesToTheByte) {
  const auto first = run("a");
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.err, Not(HasSubstr("came from the cache")));
  const auto second = run("b");
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("12 answers came from the cache"));
  EXPECT_EQ(first.out, second.out);
  EXPECT_EQ(read(run_folder("a") / "grades.parquet"), read(run_folder("b") / "grades.parquet"));
  EXPECT_EQ(cached("a"), 0U);
  EXPECT_EQ(cached("b"), 12U);
  EXPECT_EQ(json::parse(read(run_folder("b") / "manifest.json"))["details"]["cached_responses"], "12");
  EXPECT_FALSE(json::parse(read(run_folder("a") / "manifest.json"))["details"].contains("cached_responses"));
  EXPECT_EQ(stats()["entries"], 12);
  EXPECT_EQ(stats()["hits"], 12);
}

TEST_F(CacheCommand, OnlyTheQuestionThatChangedIsAskedUnderWhateverIdAndBenchmark) {
  ASSERT_EQ(run("a").status, 0);
  std::string items = read(folder() / "slices/items.jsonl");
  const std::string question = "Is there a focal lesion in this slice?";
  items.replace(items.find(question), question.size(), "Is there a focal lesion in this picture?");
  const std::string options = R"(["both sides", "neither side", "the left side", "the right side"])";
  ASSERT_NE(items.find(options), std::string::npos);
  items.replace(items.find(options), options.size(),
                R"(["neither side", "both sides", "the left side", "the right side"])");
  for (auto at = items.find("\"id\": \""); at != std::string::npos; at = items.find("\"id\": \"", at + 8)) {
    items.insert(at + 7, "other-");
  }
  std::ofstream(folder() / "slices/items.jsonl") << items;
  std::string card = read(folder() / "slices/slices.yaml");
  card.replace(card.find("name: slices"), 12, "name: others");
  std::ofstream(folder() / "slices/slices.yaml") << card;
  const auto second = run("b");
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("10 answers came from the cache"));
}

TEST_F(CacheCommand, OtherPixelsDecodingAndEngineOptionsAreAsked) {
  ASSERT_EQ(run("a").status, 0);
  EXPECT_THAT(run("tokens", {"--max-new-tokens", "7"}).err, Not(HasSubstr("came from the cache")));
  EXPECT_THAT(run("blind", {"--ablate", "no-image"}).err, Not(HasSubstr("came from the cache")));
  EXPECT_THAT(run("f16", {"--kv-type", "f32"}).err, Not(HasSubstr("came from the cache")));
  fs::copy_file(folder() / "slices/images/slice-09.png", folder() / "slices/images/slice-00.png",
                fs::copy_options::overwrite_existing);
  const auto pixels = run("pixels");
  EXPECT_THAT(pixels.err, HasSubstr("6 answers came from the cache")) << "those of the other picture";
}

TEST_F(CacheCommand, NoCacheAsksEverythingAndLeavesNothing) {
  const auto result = run("a", {"--no-cache"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(fs::exists(cache()));
  const auto missing = osler({"cache", "stats"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("there is no cache"));
  EXPECT_EQ(run("b", {"--no-cache", "--cache", "x.sqlite"}).status, 2);
}

TEST_F(CacheCommand, RecordedAnswersAreNotCached) {
  ASSERT_EQ(run("a", {"--no-cache"}).status, 0);
  const auto journal = (run_folder("a") / "responses.jsonl").string();
  const auto result = osler({"run", "-m", "replay:" + journal, "-b", "slices/slices.yaml", "-d", "slices", "-o", "r"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(fs::exists(cache()));
}

TEST_F(CacheCommand, AFileThatIsNoCacheIsRefusedWhereItWasNamedAndPassedOverWhereItWasNot) {
  const auto named = run("a", {"--cache", "slices/items.jsonl"});
  EXPECT_EQ(named.status, 1);
  EXPECT_THAT(named.err, HasSubstr("slices/items.jsonl: is not a cache of Osler's"));
  EXPECT_EQ(read(folder() / "slices/items.jsonl"),
            read(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices/items.jsonl"));
  fs::create_directories(cache().parent_path());
  std::ofstream(cache()) << "my notes\n";
  const auto passed = run("a");
  EXPECT_EQ(passed.status, 0) << passed.err;
  EXPECT_THAT(passed.err, HasSubstr("answers are neither looked for nor kept there"));
  EXPECT_EQ(read(cache()), "my notes\n");
}

TEST_F(CacheCommand, TwoRunsAtOnceShareAFile) {
  CommandResult other;
  std::thread beside([&] { other = run("a", {"--cache", "shared/c.sqlite"}); });
  const auto one = run("b", {"--cache", "shared/c.sqlite"});
  beside.join();
  EXPECT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(other.status, 0) << other.err;
  EXPECT_THAT(one.err + other.err, Not(HasSubstr("osler: ")));
  EXPECT_THAT(run("c", {"--cache", "shared/c.sqlite"}).err, HasSubstr("12 answers came from the cache"));
}

TEST_F(CacheCommand, PruneAndVerifySayWhatTheyDid) {
  ASSERT_EQ(run("a").status, 0);
  const auto verified = osler({"cache", "verify", "--json"});
  EXPECT_EQ(verified.status, 0) << verified.err;
  EXPECT_EQ(json::parse(verified.out)["entries"], 12);
  EXPECT_EQ(osler({"cache", "prune"}).status, 2);
  EXPECT_EQ(osler({"cache", "prune", "--older-than", "soon"}).status, 2);
  EXPECT_THAT(osler({"cache", "prune", "--older-than", "90d", "--max-size", "1GiB"}).out,
              HasSubstr("0 answers dropped, 12 left"));
  const std::string model = stats()["models"][0]["model"];
  const auto pruned = osler({"cache", "prune", "--model", model, "--json"});
  EXPECT_EQ(pruned.status, 0) << pruned.err;
  EXPECT_EQ(json::parse(pruned.out)["dropped"], 12);
  EXPECT_THAT(osler({"cache", "prune", "--model", "none"}).err, HasSubstr("holds nothing of a model 'none'"));
}

TEST_F(CacheCommand, DamageIsNamedUntilItIsRemoved) {
  ASSERT_EQ(run("a").status, 0);
  const std::string bytes = read(cache());
  // The first row of a page stands at its end. Which page holds answers is SQLite's choice; where keys lie, nothing is
  // found damaged.
  constexpr std::size_t kPage = 4'096;
  bool damaged = false;
  for (std::size_t end = bytes.size(); end > kPage && !damaged; end -= kPage) {
    std::string tried = bytes;
    tried[end - 8] = static_cast<char>(tried[end - 8] ^ 0x55);
    std::ofstream(cache(), std::ios::binary) << tried;
    damaged = osler({"cache", "verify"}).out.find("damaged: entry ") != std::string::npos;
  }
  ASSERT_TRUE(damaged);
  const auto found = osler({"cache", "verify"});
  EXPECT_THAT(found.out, HasSubstr("damaged: entry "));
  EXPECT_THAT(found.err, HasSubstr("osler cache verify --remove"));
  EXPECT_EQ(osler({"cache", "verify", "--remove"}).status, 0);
  EXPECT_EQ(osler({"cache", "verify"}).status, 0);
  EXPECT_THAT(run("b").err, HasSubstr("11 answers came from the cache"));
}

TEST_F(CacheCommand, AJudgeIsNotAskedTwiceEither) {
  fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/open", folder() / "open", fs::copy_options::recursive);
  for (const char* out : {"a", "b"}) {
    ASSERT_EQ(
        osler({"run", "-m", "replay:open/some-model.jsonl", "-b", "open/open.yaml", "-d", "open", "-o", out}).status,
        0);
    const auto judged = osler(
        {"judge", out, "-m", model().model.string(), "--mmproj", model().mmproj.string(), "--limit", "2", "-t", "1"});
    ASSERT_EQ(judged.status, 0) << judged.err;
    if (out == std::string("b")) {
      EXPECT_THAT(judged.err, HasSubstr("2 replies came from the cache"));
    }
  }
}

}  // namespace
}  // namespace osler::test
