// osler models, and what a card changes in a run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const fs::path kFixtures = fs::path(OSLER_SOURCE_DIR) / "tests/fixtures";

/// A model that reasons between marks of its own.
const std::string kCard =
    "name: thinker\ntitle: The Thinker\nclass: medical\nparameters: 7.5\nfamily: bronze\nhub: rodin/thinker\n"
    "licence: mit\nmatches: [\"thinker*\"]\nimages: {max_tokens: 64}\n"
    "thinking: {open: <<muse>>, close: <<say>>, budget: 9000}\nextra_body: {a: 1}\n"
    "serving: {server: vllm, command: vllm serve rodin/thinker --served-model-name muse --port 1, why: it is too "
    "heavy}\n"
    "notes: [{text: it sits, source: https://example.org}]\n";

class Models : public testing::Test {
 protected:
  Models() {
    fs::copy(kFixtures / "ward", folder_.path() / "ward", fs::copy_options::recursive);
    std::ofstream(folder_.path() / "thinker.yaml") << kCard;
  }

  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    return run_command(arguments, {.folder = folder_.path()});
  }
  [[nodiscard]] CommandResult run(const std::string& model, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"run", "--model", model, "--benchmark", "ward/ward.yaml", "--data", "ward"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments);
  }
  /// Of the only run.
  [[nodiscard]] json manifest() const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "runs")) {
      if (entry.path().filename() == "manifest.json") return json::parse(std::ifstream(entry.path()));
    }
    return {};
  }

  TemporaryFolder folder_;
};

TEST_F(Models, AreListedAndShown) {
  const auto table = osler({"models", "list"});
  ASSERT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("Model"), HasSubstr("qwen2.5-vl-3b"), HasSubstr("medical")));
  const auto list = json::parse(osler({"models", "list", "--json"}).out);
  for (const auto& entry : list) {
    const auto name = entry["name"].get<std::string>();
    const auto text = osler({"models", "show", name});
    ASSERT_EQ(text.status, 0) << text.err;
    EXPECT_THAT(text.out, AllOf(HasSubstr(name + ": "), HasSubstr(entry["hub"].get<std::string>())));
    const auto object = json::parse(osler({"models", "show", name, "--json"}).out);
    EXPECT_EQ(object["name"], name);
    EXPECT_FALSE(object["run"].empty() && object["notes"].empty()) << name << ": neither runs nor says why";
  }
}

TEST_F(Models, ACardOfOnesOwnIsShownWithTheCommandThatRunsIt) {
  const auto shown = osler({"models", "show", "thinker.yaml"});
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("thinker: The Thinker\n"), HasSubstr("7.5 billion"),
                    HasSubstr("<<muse>> ... <<say>>, answers of up to 9000 new tokens"), HasSubstr("any to 64 tokens"),
                    HasSubstr("vllm: it is too heavy"),
                    HasSubstr("  vllm serve rodin/thinker --served-model-name muse --port 1\n"),
                    HasSubstr("--model openai:muse --base-url URL"), HasSubstr("- it sits (https://example.org)")));
  const auto object = json::parse(osler({"models", "show", "thinker.yaml", "--json"}).out);
  EXPECT_EQ(object["extra_body"], json({{"a", 1}}));
  EXPECT_EQ(object["thinking"]["budget"], 9000);
}

TEST_F(Models, TheCardInTheDocumentationIsOne) {
  std::ostringstream page;
  page << std::ifstream(fs::path(OSLER_SOURCE_DIR) / "docs/models.md").rdbuf();
  const std::string text = page.str();
  const auto begin = text.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  const auto end = text.find("```", begin + 8);
  std::ofstream(folder_.path() / "my-model.yaml") << text.substr(begin + 8, end - begin - 8);
  const auto shown = osler({"models", "show", "my-model.yaml"});
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("my-model: My Model 7B"));
}

TEST_F(Models, AnUnknownOneIsNamedWithTheClosest) {
  const auto shown = osler({"models", "show", "qwen2.5-vl-3c"});
  EXPECT_EQ(shown.status, 2);
  EXPECT_THAT(shown.err, HasSubstr("did you mean 'qwen2.5-vl-3b'?"));
  const auto asked = run("qwen2.5-vl-3c");
  EXPECT_EQ(asked.status, 2);
  EXPECT_THAT(asked.err, HasSubstr("did you mean 'qwen2.5-vl-3b'?"));
}

TEST_F(Models, ACardSetsWhatTheCommandLineLeavesOpen) {
  const auto ran = run("replay:ward/some-model.jsonl", {"--card", "thinker.yaml"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("osler: model card thinker (The Thinker): answers of up to 9000 new tokens, reasoning "
                                 "in <<muse>>...<<say>>, images of at most 64 tokens, for a server {\"a\":1}\n"));
  const auto stored = manifest();
  EXPECT_EQ(stored["identity"]["max_new_tokens"], "9000");
  EXPECT_EQ(stored["details"]["model_card"], "thinker");
}

TEST_F(Models, TheCommandLineCountsMoreThanACard) {
  const auto ran = run("replay:ward/some-model.jsonl",
                       {"--card", "thinker.yaml", "--max-new-tokens", "100", "--image-max-tokens", "32"});
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.err, AllOf(HasSubstr("model card thinker"), Not(HasSubstr("9000 new")), Not(HasSubstr("64 tokens"))));
  EXPECT_EQ(manifest()["identity"]["max_new_tokens"], "100");
}

TEST_F(Models, ACardIsFoundByTheModelsNameUnlessNoneIsWanted) {
  EXPECT_THAT(run("Qwen2.5-VL-3B-Instruct-Q4_K_M.gguf").err, HasSubstr("model card qwen2.5-vl-3b"));
  EXPECT_THAT(run("hf:Qwen/../x").err, Not(HasSubstr("model card")));
  EXPECT_THAT(run("Qwen2.5-VL-3B-Instruct-Q4_K_M.gguf", {"--card", "none"}).err, Not(HasSubstr("model card")));
  EXPECT_THAT(run("replay:ward/some-model.jsonl").err, Not(HasSubstr("model card")));
}

TEST_F(Models, ACardWithoutGgufFilesSaysWhatServesTheModel) {
  const auto ran = run("thinker.yaml");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("the card of thinker names no GGUF files"),
                             HasSubstr("serve it with vllm: vllm serve rodin/thinker"), HasSubstr("it is too heavy")));
}

TEST_F(Models, ACardsGgufFilesAreTakenFromTheHub) {
  std::ofstream(folder_.path() / "gguf.yaml") << kCard << "gguf: {repo: rodin/thinker-GGUF, quant: Q8_0}\n";
  const auto ran = run_command(
      {std::string(OSLER_BINARY_DIR) + "/bin/osler", "run", "-m", "gguf.yaml", "-b", "ward/ward.yaml", "-d", "ward"},
      {.environment = {{"HF_HUB_OFFLINE", "1"}, {"HF_HUB_CACHE", folder_.path().string()}}, .folder = folder_.path()});
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("the cache does not have rodin/thinker-GGUF at main"));
}

}  // namespace
}  // namespace osler::test
