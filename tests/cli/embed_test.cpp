// osler embed: vectors of a benchmark's items into a parquet file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "osler/storage/duckdb.h"
#include "support/chat_server.h"
#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

class EmbedCommand : public testing::Test {
 protected:
  void SetUp() override { put_model_and_slices(folder()); }

  const fs::path& folder() { return folder_.path(); }

  CommandResult embed(std::vector<std::string> extra, const std::string& model = "model.gguf") {
    std::vector<std::string> arguments{kOsler,   "embed", "--model", model, "--benchmark", "data/slices.yaml",
                                       "--data", "data"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return run_command(arguments, {.folder = folder()});
  }

  json embedded(std::vector<std::string> extra) {
    extra.emplace_back("--json");
    const auto result = embed(extra);
    EXPECT_EQ(result.status, 0) << result.err;
    return result.status == 0 ? json::parse(result.out) : json();
  }

  std::vector<std::vector<SqlValue>> rows(const std::string& query) {
    auto database = Database::open();
    auto found = database->query(query);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message());
    std::vector<std::vector<SqlValue>> all;
    while (true) {
      auto row = found->next();
      if (!row || row->empty()) return all;
      all.push_back(std::move(*row));
    }
  }

  std::string content(const std::string& name) {
    std::ifstream in(folder() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(EmbedCommand, WritesARowOfLengthOneForEveryItem) {
  const auto said = embedded({"--output", "v.parquet"});
  EXPECT_EQ(said.at("items"), 96);
  EXPECT_EQ(said.at("errors"), 0);
  const int dimensions = said.at("dimensions");
  const auto found = rows("SELECT * FROM '" + (folder() / "v.parquet").string() + "'");
  ASSERT_EQ(found.size(), 96U);
  std::set<std::string> ids;
  for (const auto& row : found) {
    ASSERT_EQ(row.size(), static_cast<std::size_t>(dimensions) + 2);
    ids.insert(std::get<std::string>(row[0]));
    EXPECT_EQ(std::get<std::string>(row[1]), said.at("identity"));
    double squares = 0.0;
    for (std::size_t i = 2; i < row.size(); ++i) squares += std::get<double>(row[i]) * std::get<double>(row[i]);
    EXPECT_NEAR(squares, 1.0, 1e-5);
  }
  EXPECT_EQ(ids.size(), 96U);
}

TEST_F(EmbedCommand, TakesVectorsFromTheCacheAndSaysSo) {
  EXPECT_EQ(embedded({"--output", "a.parquet", "--embedding-cache", "c.sqlite"}).at("cached"), 0);
  EXPECT_EQ(embedded({"--output", "b.parquet", "--embedding-cache", "c.sqlite"}).at("cached"), 96);
  EXPECT_EQ(embedded({"--output", "c.parquet", "--no-embedding-cache", "--no-sharing"}).at("cached"), 0);
  EXPECT_EQ(content("a.parquet"), content("b.parquet"));
  EXPECT_EQ(content("a.parquet"), content("c.parquet"));
  EXPECT_NE(embedded({"--output", "d.parquet", "--card", "none", "--ubatch-size", "64"}).at("identity"),
            embedded({"--output", "e.parquet"}).at("identity"));
}

TEST_F(EmbedCommand, OfAModelWithoutProjectorEmbedsTextsAndSaysSo) {
  fs::remove(folder() / "mmproj-model.gguf");
  const auto result = embed({"--output", "v.parquet", "--limit", "4"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("without images"));
}

TEST_F(EmbedCommand, FailsForAnItemWhosePictureIsBrokenAndEmbedsTheOthers) {
  std::size_t broken = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder() / "data")) {
    if (broken > 0 || entry.path().extension() != ".png") continue;
    std::ofstream(entry.path()) << "no picture";
    ++broken;
  }
  ASSERT_EQ(broken, 1U) << "the fixture has pictures";
  const auto result = embed({"--output", "v.parquet", "--json"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("osler: item "));
  const auto said = json::parse(result.out);
  EXPECT_GT(said.at("errors"), 0);
  EXPECT_EQ(said.at("errors").get<int>() + said.at("items").get<int>(), 96);
}

TEST_F(EmbedCommand, TakesVectorsOfAServer) {
  const ChatServer server([](const ChatCall& call) -> ChatAnswer {
    if (call.target == "/v1/models") return {.body = R"({"data":[{"id":"m"}]})"};
    if (call.target != "/v1/embeddings") return {.status = 404, .body = "{}"};
    const json body = json::parse(call.body);
    json data = json::array();
    for (const auto& text : body.at("input")) {
      data.push_back({{"embedding", {text.get<std::string>().size(), 1}}});
    }
    return {.body = json{{"data", data}}.dump()};
  });
  const auto result = embed({"--output", "v.parquet", "--base-url", server.base_url(), "--json"}, "openai:m");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(json::parse(result.out).at("dimensions"), 2);
}

TEST_F(EmbedCommand, RefusesWhatCannotEmbed) {
  const auto replay = embed({"--output", "v.parquet"}, "replay:x.jsonl");
  EXPECT_EQ(replay.status, 2);
  EXPECT_THAT(replay.err, HasSubstr("not a model that embeds"));
}

}  // namespace
}  // namespace osler::test
