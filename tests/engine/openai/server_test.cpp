#include "osler/engine/openai/server.h"

#include <gmock/gmock.h>

#include <optional>

namespace osler::openai {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ServerFacts models(std::string_view body, std::string_view model = "a/b") {
  ServerFacts facts;
  read_models(body, model, facts);
  return facts;
}

TEST(ReadModels, TellsWhatVllmServes) {
  const auto facts = models(
      R"({"object":"list","data":[{"id":"a/b","owned_by":"vllm","root":"/w/a","max_model_len":8192},{"id":"c"}]})");
  EXPECT_EQ(facts.kind, ServerKind::vllm);
  EXPECT_THAT(facts.models, ElementsAre("a/b", "c"));
  EXPECT_EQ(facts.weights, "/w/a");
  EXPECT_EQ(facts.context, 8192U);
}

TEST(ReadModels, KnowsTheOthersByTheirOwner) {
  EXPECT_EQ(models(R"({"data":[{"id":"m","owned_by":"llamacpp"}]})").kind, ServerKind::llama_server);
  EXPECT_EQ(models(R"({"data":[{"id":"m","owned_by":"sglang"}]})").kind, ServerKind::sglang);
  EXPECT_EQ(models(R"({"data":[{"id":"m","owned_by":"library"}]})").kind, ServerKind::ollama);
  EXPECT_EQ(models(R"({"data":[{"id":"m","owned_by":"system"}]})").kind, ServerKind::other);
}

TEST(ReadModels, PassesOverWhatItDoesNotExpect) {
  for (const auto* body : {"", "no json", "[]", "{}", R"({"data":7})", R"({"data":[7,null,[],{}]})",
                           R"({"data":[{"id":7}]})", R"({"data":{"id":"m"}})"}) {
    EXPECT_THAT(models(body).models, IsEmpty()) << body;
  }
  const auto facts = models(R"({"data":[{"id":"a/b","owned_by":7,"root":[],"max_model_len":-5}]})");
  EXPECT_EQ(facts.kind, ServerKind::other);
  EXPECT_EQ(facts.weights, "");
  EXPECT_EQ(facts.context, 0U);
}

TEST(ReadModels, NamesBecomeOneShortPrintableLine) {
  const auto facts = models("{\"data\":[{\"id\":\"a\\u001b[31m\\n" + std::string(5000, 'x') + "\"}]}");
  ASSERT_EQ(facts.models.size(), 1U);
  EXPECT_LE(facts.models.front().size(), 200U);
  EXPECT_EQ(facts.models.front().find_first_of("\x1b\n"), std::string::npos);
}

std::optional<ServerFacts> version(ServerKind kind, std::string_view body) {
  for (const auto& page : version_pages()) {
    if (page.kind != kind) continue;
    ServerFacts facts;
    if (!read_version(page, body, facts)) return std::nullopt;
    return facts;
  }
  return std::nullopt;
}

TEST(ReadVersion, NamesTheReleaseAndWhatIsBehindIt) {
  EXPECT_EQ(version(ServerKind::vllm, R"({"version":"0.16.0"})")->name(), "vllm 0.16.0");
  EXPECT_EQ(version(ServerKind::ollama, R"({"version":"0.20.1"})")->name(), "ollama 0.20.1");
  const auto llama =
      version(ServerKind::llama_server,
              R"({"build_info":"b1-abc","model_path":"/m.gguf","default_generation_settings":{"n_ctx":4096}})");
  EXPECT_EQ(llama->name(), "llama-server b1-abc");
  EXPECT_EQ(llama->weights, "/m.gguf");
  EXPECT_EQ(llama->context, 4096U);
}

TEST(ReadVersion, IsNotTakenInByAnotherPage) {
  for (const auto* body : {"", "<html>", "{}", R"({"version":7})", R"(["0.1"])", R"({"build":"x"})"}) {
    EXPECT_FALSE(version(ServerKind::vllm, body)) << body;
    EXPECT_FALSE(version(ServerKind::llama_server, body)) << body;
  }
}

TEST(Takes, PngAndJpegEverywhereAndWebpWhereItIsKnown) {
  for (const auto kind : {ServerKind::vllm, ServerKind::llama_server, ServerKind::other}) {
    EXPECT_TRUE(takes(kind, ImageFormat::png));
    EXPECT_TRUE(takes(kind, ImageFormat::jpeg));
    EXPECT_FALSE(takes(kind, ImageFormat::tiff));
    EXPECT_FALSE(takes(kind, ImageFormat::bmp));
  }
  EXPECT_TRUE(takes(ServerKind::vllm, ImageFormat::webp));
  EXPECT_FALSE(takes(ServerKind::llama_server, ImageFormat::webp));
  EXPECT_FALSE(takes(ServerKind::other, ImageFormat::webp));
}

}  // namespace
}  // namespace osler::openai
