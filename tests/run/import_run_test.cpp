// What another tool recorded lies on disk like any run.

#include "osler/run/import_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/core/hash.h"
#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Record answer(const std::string& id, const std::string& text) {
  Record record;
  record.id = id;
  record.response = text;
  record.place = Place{"answers.json", {}, 0};
  return record;
}

class ImportRun : public testing::Test {
 protected:
  /// Six items of made_up_rows, of which the first five are answered: B, A, nothing, cut off, A.
  [[nodiscard]] ImportSpec spec() const {
    ImportSpec spec;
    spec.rows = made_up_rows(6, folder_.path() / "images");
    spec.row_set_hash = spec.rows.hash();
    spec.card_hash = "0123456789";
    for (std::size_t i = 0; i < 5; ++i) spec.records.push_back(answer(spec.rows.items[i].id, i == 0 ? "B" : "A"));
    spec.records[2].response.reset();
    spec.records[3].response = "The picture shows";
    spec.records[3].finish = FinishReason::length;
    spec.records.push_back(answer("nobody", "C"));
    spec.matching = match_records(spec.records, spec.rows.items).value();
    spec.format = "table";
    spec.files = {folder_.path() / "answers.json"};
    write(spec.files.front(), "answers");
    spec.model = "org/model";
    spec.rules = find_protocol("direct").value();
    spec.folder = folder_.path() / "run";
    return spec;
  }

  static Result<std::uint64_t> import(const ImportSpec& spec) {
    return write_import(spec, make_grader(spec.rules).value());
  }

  TemporaryFolder folder_;
};

TEST_F(ImportRun, HasTheFilesOfARunAndItsOutcomes) {
  const auto made = spec();
  const auto graded = import(made);
  ASSERT_TRUE(graded.has_value()) << graded.error().message();
  EXPECT_EQ(*graded, 5U);
  const auto manifest = read_manifest(made.folder).value();
  EXPECT_EQ(manifest.engine, "import");
  EXPECT_EQ(manifest.items, 6U);
  EXPECT_EQ(manifest.answered, 5U);
  EXPECT_EQ(manifest.finished, "");
  EXPECT_EQ(manifest.identity.at("format"), "table");
  EXPECT_EQ(manifest.identity.at("source_sha256"), sha256_of_file(made.files.front()).value());
  EXPECT_EQ(manifest.details.at("unmatched"), "1");
  EXPECT_EQ(read(made.folder / "protocol.yaml"), made.rules.text);
  const auto found = outcomes(made.folder);
  const auto& items = made.rows.items;
  EXPECT_EQ(found.at(items[0].id), "correct");
  EXPECT_EQ(found.at(items[1].id), "correct");
  EXPECT_EQ(found.at(items[2].id), "error");
  EXPECT_EQ(found.at(items[3].id), "truncated");
  EXPECT_EQ(found.at(items[4].id), "wrong");
  EXPECT_FALSE(found.contains(items[5].id));
}

TEST_F(ImportRun, WhatBelongsNowhereIsListed) {
  const auto made = spec();
  ASSERT_TRUE(import(made).has_value());
  const std::string lines = read(made.folder / "unmatched.jsonl");
  EXPECT_THAT(lines, HasSubstr(R"("id":"nobody","record":0,"why":"has an id that no item has")"));
  EXPECT_THAT(lines, HasSubstr("{\"item\":\"" + made.rows.items[5].id + "\",\"why\":\"has no response\"}"));
}

TEST_F(ImportRun, ClustersAreThoseThatARunHas) {
  const auto made = spec();
  ASSERT_TRUE(import(made).has_value());
  ScriptedEngine engine;
  const auto asked = spec_for(made.rows, folder_.path() / "asked");
  ASSERT_TRUE(run(asked, engine).has_value());
  const auto imported = read_responses(made.folder).value();
  const auto answered = read_responses(asked.folder).value();
  for (const auto& [id, response] : imported) {
    EXPECT_FALSE(response.image_cluster.empty());
    EXPECT_EQ(response.image_cluster, answered.at(id).image_cluster) << id;
  }
}

TEST_F(ImportRun, WithoutImagesInRecordsThereIsNoCluster) {
  auto made = spec();
  made.card_hash.clear();
  for (auto& item : made.rows.items) item.images.clear();
  ASSERT_TRUE(import(made).has_value());
  const auto responses = read_responses(made.folder).value();
  EXPECT_EQ(responses.size(), 5U);
  for (const auto& [id, response] : responses) EXPECT_EQ(response.image_cluster, "") << id;
}

TEST_F(ImportRun, TheSameImportReplacesItself) {
  const auto made = spec();
  ASSERT_TRUE(import(made).has_value());
  const std::string journal = read(made.folder / "responses.jsonl");
  const auto grades = all_grades(made.folder);
  ASSERT_TRUE(import(made).has_value());
  EXPECT_EQ(read(made.folder / "responses.jsonl"), journal);
  EXPECT_EQ(all_grades(made.folder), grades);
}

TEST_F(ImportRun, AnotherFileOrARealRunIsNotReplaced) {
  auto made = spec();
  ASSERT_TRUE(import(made).has_value());
  const auto before = snapshot(made.folder);
  write(made.files.front(), "other answers");
  const auto again = import(made);
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().message(), HasSubstr("holds another run: source_sha256 was"));
  EXPECT_EQ(snapshot(made.folder), before);

  ScriptedEngine engine;
  const auto asked = spec_for(made.rows, folder_.path() / "asked");
  ASSERT_TRUE(run(asked, engine).has_value());
  const auto real = snapshot(asked.folder);
  made.folder = asked.folder;
  EXPECT_FALSE(import(made).has_value());
  EXPECT_EQ(snapshot(asked.folder), real);
}

TEST_F(ImportRun, AFolderWithResponsesAndNoManifestIsLeftAlone) {
  const auto made = spec();
  fs::create_directories(made.folder);
  write(made.folder / "responses.jsonl", "{\"id\":\"a\",\"text\":\"x\",\"finish\":\"stop\"}\n");
  const auto imported = import(made);
  ASSERT_FALSE(imported.has_value());
  EXPECT_THAT(imported.error().message(), HasSubstr("holds responses without a manifest"));
}

TEST_F(ImportRun, CanBeGradedAgainByOtherRules) {
  const auto made = spec();
  ASSERT_TRUE(import(made).has_value());
  const auto paper = find_protocol("paper").value();
  ASSERT_TRUE(grade_run(made.folder, paper, make_grader(paper).value()).has_value());
  EXPECT_EQ(outcomes(made.folder).at(made.rows.items[0].id), "unparsed");
}

TEST(FolderOfModel, IsOnePartOfAPath) {
  EXPECT_EQ(folder_of_model("Qwen/Qwen2-VL"), "Qwen_Qwen2-VL");
  EXPECT_EQ(folder_of_model("../../etc"), "_._.._etc");
  EXPECT_EQ(folder_of_model(".."), "_.");
  EXPECT_EQ(folder_of_model("/abs"), "_abs");
}

}  // namespace
}  // namespace osler::test
