// Models on a server through the program: run, resume, refuse, keep secrets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/chat_server.h"
#include "support/command.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The ward of tests/fixtures, asked of a server of the test's own.
class ServedTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/ward", folder_.path() / "ward", fs::copy_options::recursive);
  }

  [[nodiscard]] CommandResult osler(std::vector<std::string> arguments,
                                    std::map<std::string, std::string> environment = {}) const {
    arguments.insert(arguments.begin(), std::string(OSLER_BINARY_DIR) + "/bin/osler");
    environment.try_emplace("OPENAI_BASE_URL", "");
    environment.try_emplace("OPENAI_API_KEY", "");
    return run_command(arguments, {.environment = std::move(environment), .folder = folder_.path()});
  }

  [[nodiscard]] CommandResult run(const ChatServer& server, const std::vector<std::string>& more = {},
                                  const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> arguments{"run",    "--model", "openai:org/Some-VL", "--benchmark",    "ward/ward.yaml",
                                       "--data", "ward",    "--base-url",         server.base_url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return osler(arguments, environment);
  }

  /// Of every file below the runs' folder.
  [[nodiscard]] std::string everything_written() const {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "runs")) {
      if (entry.is_regular_file()) all += content_of(entry.path());
    }
    return all;
  }

  [[nodiscard]] json manifest() const {
    return json::parse(content_of(folder_.path() / "runs/Some-VL/ward/paper/manifest.json"));
  }

  TemporaryFolder folder_;
};

ChatAnswer boxed(const ChatCall& call) {
  if (call.method != "POST") return {.status = 404};
  return {.body = completion("It must be \\boxed{A}.")};
}

TEST_F(ServedTest, ARunIsAnsweredGradedAndDescribed) {
  std::atomic<int> pictures = 0;
  const ChatServer server([&](const ChatCall& call) {
    if (call.body.find("\"data:image/png;base64,iVBOR") != std::string::npos) ++pictures;
    return boxed(call);
  });
  const auto result = run(server);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Some-VL"));
  EXPECT_GT(pictures, 0);
  EXPECT_EQ(manifest()["engine"], "openai");
  EXPECT_EQ(manifest()["identity"]["served_model"], "org/Some-VL");
  EXPECT_EQ(manifest()["details"]["base_urls"], server.base_url());
}

TEST_F(ServedTest, TheAddressMayComeFromTheEnvironment) {
  const ChatServer server(boxed);
  const auto result = osler({"run", "--model", "openai:m", "--benchmark", "ward/ward.yaml", "--data", "ward"},
                            {{"OPENAI_BASE_URL", server.base_url() + "/"}});
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST_F(ServedTest, WithoutAnAddressTheWayOutIsNamed) {
  const auto result = osler({"run", "--model", "openai:m", "--benchmark", "ward/ward.yaml", "--data", "ward"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, AllOf(HasSubstr("--base-url"), HasSubstr("OPENAI_BASE_URL")));
}

TEST_F(ServedTest, AKeyIsSentAndWrittenNowhere) {
  std::atomic<int> keyed = 0;
  const ChatServer server([&](const ChatCall& call) {
    const auto key = call.headers.find("authorization");
    if (key != call.headers.end() && key->second == "Bearer sk-very-secret") ++keyed;
    // A server that repeats it in its refusal of one item.
    if (call.method == "POST" && keyed == 3) return ChatAnswer{.status = 400, .body = R"({"error":"no"})"};
    return boxed(call);
  });
  std::ofstream(folder_.path() / "key") << "sk-very-secret\n";
  for (const bool by_file : {true, false}) {
    keyed = 0;
    fs::remove_all(folder_.path() / "runs");
    const auto result = by_file ? run(server, {"--api-key-file", "key", "--verbose"})
                                : run(server, {"--verbose"}, {{"OPENAI_API_KEY", "sk-very-secret"}});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_GT(keyed, 5);
    EXPECT_THAT(result.out + result.err + everything_written(), Not(HasSubstr("very-secret")));
  }
}

TEST_F(ServedTest, ARunGoesOnWithAServerOnAnotherPort) {
  {
    const ChatServer server(boxed);
    ASSERT_EQ(run(server, {"--limit", "3"}).status, 0);
  }
  std::atomic<int> asked = 0;
  const ChatServer server([&](const ChatCall& call) {
    if (call.method == "POST") ++asked;
    return boxed(call);
  });
  const auto result = run(server);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("3 answers were there already"));
  EXPECT_EQ(asked, 5);
}

TEST_F(ServedTest, OtherExtraKeysAreAnotherRun) {
  const ChatServer server(boxed);
  ASSERT_EQ(run(server, {"--limit", "3"}).status, 0);
  const auto result = run(server, {"--extra-body", R"({"top_k": 5})"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("extra_body"));
}

TEST_F(ServedTest, BadOptionsAreRefusedInOneSentence) {
  const ChatServer server(boxed);
  EXPECT_THAT(run(server, {"--extra-body", "[1]"}).err, HasSubstr("not a JSON object"));
  EXPECT_THAT(run(server, {"--extra-body", R"({"messages": []})"}).err, HasSubstr("may not set 'messages'"));
  EXPECT_THAT(run(server, {"--api-key-file", "no-such-file"}).err, HasSubstr("no-such-file"));
  EXPECT_THAT(run(server, {"--verify-sharing", "3"}).err, HasSubstr("one by one"));
  EXPECT_THAT(run(server, {"--protocol", "likelihood-text"}).err, HasSubstr("decides by the likelihood of texts"));
  EXPECT_THAT(osler({"plan", "--model", "openai:m", "--benchmark", "ward/ward.yaml", "--data", "ward"}).err,
              HasSubstr("cannot be counted"));
}

TEST_F(ServedTest, AServerThatIsGoneLeavesWhatWasAnswered) {
  auto server = std::make_unique<ChatServer>(boxed);
  const auto url = server->base_url();
  ASSERT_EQ(run(*server, {"--limit", "4"}).status, 0);
  server.reset();
  const auto result = osler({"run", "--model", "openai:org/Some-VL", "--benchmark", "ward/ward.yaml", "--data", "ward",
                             "--base-url", url, "--patience", "0"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("does not answer"), HasSubstr("--patience")));
  EXPECT_EQ(manifest()["answered"], 4);
}

TEST_F(ServedTest, ThoughtsAreShownApartByWhy) {
  const ChatServer server([](const ChatCall& call) -> ChatAnswer {
    if (call.method != "POST") return {.status = 404};
    return {.body = R"({"choices":[{"message":{"content":"\\boxed{A}","reasoning":"I weigh both sides."},
                        "finish_reason":"stop"}]})"};
  });
  ASSERT_EQ(run(server).status, 0);
  const auto why = osler({"why", "runs/Some-VL/ward/paper", "w-001"});
  EXPECT_THAT(why.out, AllOf(HasSubstr("thoughts, which the server keeps apart"), HasSubstr("I weigh both sides.")));
}

}  // namespace
}  // namespace osler::test
