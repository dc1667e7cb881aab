#include "osler/run/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "run/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Manifest full_manifest() {
  Manifest manifest;
  manifest.model = "Qwen2.5-VL \xE2\x82\xAC";
  manifest.benchmark = "vqa-rad";
  manifest.row_set = "vqa-rad:test (hf)";
  manifest.row_set_hash = "abc";
  manifest.protocol = "paper";
  manifest.engine = "llama";
  manifest.items = 451;
  manifest.answered = 17;
  manifest.identity = {{"model_sha256", "aa"}, {"seed", "0"}, {"quoted \"key\"", "line\nend"}};
  manifest.details = {{"threads", "8"}};
  manifest.started = timestamp();
  manifest.finished = "";
  manifest.seconds = 12.5;
  return manifest;
}

TEST(Manifest, ComesBackAsItWasWritten) {
  const TemporaryFolder folder;
  const auto manifest = full_manifest();
  ASSERT_TRUE(write_manifest(folder.path(), manifest).has_value());
  const auto back = read_manifest(folder.path());
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(back->model, manifest.model);
  EXPECT_EQ(back->benchmark, manifest.benchmark);
  EXPECT_EQ(back->row_set, manifest.row_set);
  EXPECT_EQ(back->row_set_hash, manifest.row_set_hash);
  EXPECT_EQ(back->protocol, manifest.protocol);
  EXPECT_EQ(back->engine, manifest.engine);
  EXPECT_EQ(back->items, manifest.items);
  EXPECT_EQ(back->answered, manifest.answered);
  EXPECT_EQ(back->identity, manifest.identity);
  EXPECT_EQ(back->details, manifest.details);
  EXPECT_EQ(back->started, manifest.started);
  EXPECT_EQ(back->finished, manifest.finished);
  EXPECT_EQ(back->seconds, manifest.seconds);
}

TEST(Manifest, NamesThatAreNotUtf8AreWrittenReadably) {
  const TemporaryFolder folder;
  auto manifest = full_manifest();
  manifest.details["model_path"] = "/models/\xFF.gguf";
  ASSERT_TRUE(write_manifest(folder.path(), manifest).has_value());
  EXPECT_TRUE(read_manifest(folder.path()).has_value());
}

TEST(Manifest, TheTimeIsUtcInIso8601) {
  EXPECT_TRUE(std::regex_match(timestamp(), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"))) << timestamp();
}

TEST(Manifest, MalformedOnesAreNamed) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "manifest.json";
  EXPECT_EQ(read_manifest(folder.path()).error().code, ErrorCode::not_found);
  ASSERT_TRUE(write_manifest(folder.path(), full_manifest()).has_value());
  const std::string good = read(path);
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string("null"), std::string("7"),
        good.substr(0, good.size() / 2), std::regex_replace(good, std::regex("\"items\": 451"), "\"items\": \"many\""),
        std::regex_replace(good, std::regex("\"model_sha256\": \"aa\""), "\"model_sha256\": 5"),
        std::regex_replace(good, std::regex("\"seconds\": 12.5"), "\"seconds\": null")}) {
    write(path, bad);
    const auto manifest = read_manifest(folder.path());
    ASSERT_FALSE(manifest.has_value()) << bad;
    EXPECT_EQ(manifest.error().where.file, path.string());
    EXPECT_FALSE(manifest.error().way_out.empty()) << manifest.error().message();
  }
}

TEST(Manifest, AnotherSchemaIsNamedAsThat) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_manifest(folder.path(), full_manifest()).has_value());
  const auto path = folder.path() / "manifest.json";
  write(path, std::regex_replace(read(path), std::regex("\"schema\": 1"), "\"schema\": 2"));
  EXPECT_EQ(read_manifest(folder.path()).error().code, ErrorCode::unsupported);
  EXPECT_THAT(read_manifest(folder.path()).error().message(), HasSubstr("schema 2"));
}

TEST(SameRun, EveryFieldThatDiffersIsNamedWithBothValues) {
  const auto stored = full_manifest();
  auto now = stored;
  now.details["threads"] = "64";
  now.started = "later";
  EXPECT_TRUE(check_same_run(stored, now, "run").has_value()) << "circumstances may differ";
  now.identity["seed"] = "1";
  now.identity["model_sha256"] = std::string(64, 'b');
  now.identity["context"] = "4096";
  now.identity.erase("quoted \"key\"");
  const auto same = check_same_run(stored, now, "run");
  ASSERT_FALSE(same.has_value());
  EXPECT_EQ(same.error().code, ErrorCode::mismatch);
  const auto message = same.error().message();
  EXPECT_THAT(message, HasSubstr("seed was 0 and is now 1"));
  EXPECT_THAT(message, HasSubstr("model_sha256 was aa and is now bbbbbbbb"));
  EXPECT_THAT(message, HasSubstr("context was (none) and is now 4096"));
  EXPECT_THAT(message, HasSubstr("quoted \"key\" was"));
  EXPECT_THAT(message, HasSubstr("--out"));
  EXPECT_THAT(message, Not(HasSubstr("threads")));
  EXPECT_THAT(message, Not(HasSubstr("\n"))) << "one sentence";
}

TEST(SameRun, LongValuesThatDifferOnlyAtTheirEndAreStillToldApart) {
  auto stored = full_manifest();
  auto now = stored;
  stored.identity["model_sha256"] = std::string(80, 'a') + "1";
  now.identity["model_sha256"] = std::string(80, 'a') + "2";
  const auto message = check_same_run(stored, now, "run").error().message();
  const auto was = message.find("was ") + 4;
  const auto now_is = message.find("is now ") + 7;
  EXPECT_NE(message.substr(was, message.find(" and is now") - was), message.substr(now_is, message.find(';') - now_is))
      << message;
}

}  // namespace
}  // namespace osler::test
