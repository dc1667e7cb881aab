#include <fmt/format.h>
#include <gmock/gmock.h>

#include "dataset/benchmarks/support.h"
#include "osler/storage/duckdb.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Counts kKinds{{"yes_no", 3362}, {"open", 3357}};

class PathVqa : public BenchmarkTest {
 protected:
  PathVqa() : BenchmarkTest("pathvqa") {}

  /// Three shards as on the hub, of rows that `from` gives in the columns number (from 0), question and answer.
  void shards(const std::string& from, const std::string& folder = "data") const {
    constexpr int kShard = 2240;
    for (int shard = 0; shard < 3; ++shard) {
      parquet(fmt::format("{}/test-{:05}-of-00003.parquet", folder, shard),
              fmt::format("SELECT {} AS image, question, answer FROM {} WHERE number // {} = {} ORDER BY number",
                          sql_picture("png_rgb_8.png", "test_0001.jpg"), from, kShard, shard));
    }
  }

  static constexpr const char* kMadeUp =
      "(SELECT i AS number, 'question ' || i || ' ?' AS question, CASE WHEN i >= 3362 THEN 'the nucleus' "
      "WHEN i % 2 = 0 THEN 'yes' ELSE 'no' END AS answer FROM range(6719) t(i))";
};

class RealPathVqa : public PathVqa {
 protected:
  void SetUp() override {
    PathVqa::SetUp();
    need(file_);
  }

  /// The rows as MedEvalKit's followers lay them out.
  void write_json() const {
    Json rows = Json::array();
    for (const auto& row : real_json(file_)) {
      const Json& images = row["img_id_candidates"];
      rows.push_back({{"image", images.empty() ? Json("unknown") : images.front()},
                      {"question", row["question"]},
                      {"answer", row["answer"]}});
    }
    write("json/pathvqa_test.json", rows.dump());
  }

  fs::path file_ = real_data("pathvqa/derived_hf_test_order_6719.jsonl");
};

TEST_F(PathVqa, ThreeShardsOfTheHubAreOneRowSetInTheirOrder) {
  shards(kMadeUp);
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pathvqa:test (hf)");
  EXPECT_THAT(rows.files, SizeIs(3));
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(rows.items, SizeIs(6719));
  EXPECT_EQ(kinds_of(rows), kKinds);
  EXPECT_EQ(rows.subset_counts, (Counts{{"closed", 3362}}));
  for (std::size_t i = 0; i < rows.items.size(); ++i) {
    EXPECT_EQ(rows.items[i].id, fmt::format("test-{}", i));
    EXPECT_EQ(rows.items[i].question, fmt::format("question {} ?", i));
  }
  // The row counts within its file.
  EXPECT_EQ(rows.items[2240].images.at(0).row, 0U);
  EXPECT_THAT(image_bytes(rows.items[6718]), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

TEST_F(PathVqa, APartKeepsTheIdsOfTheWhole) {
  shards(kMadeUp);
  const auto open = loaded(split("test", "open"));
  EXPECT_THAT(open.items, SizeIs(3357));
  EXPECT_EQ(open.items.front().id, "test-3362");
  EXPECT_THAT(loaded(split("test", "closed")).items, SizeIs(3362));
}

TEST_F(PathVqa, AMissingShardIsRefusedWithBothNumbers) {
  shards(kMadeUp);
  fs::remove(folder_ / "data/test-00001-of-00003.parquet");
  EXPECT_THAT(message_of(load()), HasSubstr("has 4479 rows where that has 6719"));
}

TEST_F(RealPathVqa, TheRowsOfTheTestAreHalfClosedInShardsAndInJson) {
  shards(fmt::format("(SELECT hf_index AS number, question, answer FROM read_json({}))", sql_quote(file_.string())),
         "hub/data");
  write_json();
  const auto hub = loaded(folder_ / "hub");
  const auto json = loaded(folder_ / "json");
  EXPECT_EQ(hub.form, "hf");
  EXPECT_EQ(json.form, "json");
  EXPECT_EQ(kinds_of(hub), kKinds);
  EXPECT_EQ(kinds_of(json), kKinds);
  EXPECT_EQ(json.subset_counts, (Counts{{"closed", 3362}}));
  EXPECT_EQ(hub.hash(), json.hash());
  EXPECT_EQ(hub.items.at(0).question,
            "what are positively charged, thus allowing the compaction of the negatively "
            "charged dna?");
  EXPECT_EQ(hub.items[0].gold, "the histone subunits");
}

TEST_F(RealPathVqa, OpenAnswersAreAsManyAsTheirCountSays) {
  write_json();
  const auto open = loaded(folder_ / "json", split("test", "open"));
  EXPECT_EQ(gold_of(open).size(), 1298U);
}

TEST_F(RealPathVqa, AUsersCardReadsTheFileAsItIs) {
  const Card card = card_of(
      "name: mine\nforms:\n  - name: lines\n    format: jsonl\n    files: {test: [\"derived_hf_test_order_*.jsonl\"]}\n"
      "    id: \"test-{hf_index}\"\n    question: question\n    answer: {column: answer}\n"
      "    kinds: [{kind: yes_no, when: {column: answer, in: [\"yes\", \"no\"]}}, {kind: open}]\n");
  const auto rows = load_row_set(card, {}, {file_.parent_path()});
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_EQ(kinds_of(*rows), kKinds);
  EXPECT_THAT(rows->problems, IsEmpty());
}

TEST_F(PathVqa, ImageNamesOfTheJsonFormNeedNoExtension) {
  write("pathvqa_test.json", R"([
    {"image": "test_0000", "question": "where is it?", "answer": "in the lung"},
    {"image": "test_0001.jpg", "question": "is it seen?", "answer": "Yes"},
    {"image": "train_0003", "question": "is it seen?", "answer": "no"},
    {"image": "gone", "question": "is it?", "answer": "no"}])");
  picture("images/test/test_0000.jpg");
  picture("images/test/test_0001.jpg");
  picture("images/train/train_0003.jpg");
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pathvqa:test (json)");
  EXPECT_EQ(rows.items.at(0).images[0].file, folder_ / "images/test/test_0000.jpg");
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 3}, {"open", 1}}));
  EXPECT_THAT(said(rows.problems), ElementsAre("test-3: has no image " + (folder_ / "images/test/gone.jpg").string()));
}

TEST_F(PathVqa, TheTableOfVlmEvalKitIsRead) {
  const std::string image = base64_of(fixture_bytes("png_rgb_8.png"));
  write("PathVQA_TEST.tsv", fmt::format("index\timage\tquestion\tanswer\n0\t{0}\tis it seen?\tyes\n1\t0\twhat \"is\" "
                                        "it?\tchematic mechanisms\n2\t{0}\tis it?\tno\n",
                                        image));
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pathvqa:test (vlmevalkit)");
  EXPECT_THAT(rows.problems, IsEmpty());
  EXPECT_THAT(ids_of(rows), ElementsAre("test-0", "test-1", "test-2"));
  EXPECT_EQ(kinds_of(rows), (Counts{{"yes_no", 2}, {"open", 1}}));
  EXPECT_EQ(rows.items[1].gold, "chematic mechanisms");
  EXPECT_THAT(image_bytes(rows.items[1]), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

TEST_F(PathVqa, TheRowsOfTheBundleAreAskedAsYesOrNo) {
  Json row{{"image", {"images/a.jpg"}}, {"question", "is it?"},    {"options", {"Yes", "No"}}, {"answer", "No"},
           {"dataset", "PathVQA_test"}, {"subset", "PathVQA_test"}};
  Json other = row;
  other["dataset"] = "VQA-RAD_test";
  write("medical_multimodel_evaluation_data.json", Json::array({other, row}).dump());
  zip("images.zip", {"images/a.jpg"});
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pathvqa:test (huatuo)");
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(ids_of(rows), ElementsAre("huatuo-1"));
  EXPECT_EQ(rows.items[0].kind, Kind::yes_no);
  EXPECT_EQ(rows.items[0].gold_option, 1U);
  EXPECT_EQ(rows.subset_counts, (Counts{{"closed", 1}}));
}

TEST_F(PathVqa, TheRowsOfMedVlThinkerAreAskedAsYesOrNo) {
  const auto row = [](const char* set, const char* answer, int index) {
    return fmt::format("[{}], 'is it?', '{{\"A\": \"yes\", \"B\": \"no\"}}', 'A', '{}', '{}', {}, '{{}}'",
                       sql_picture("png_rgb_8.png", ""), answer, set, index);
  };
  parquet(
      "data/test-00000-of-00001.parquet",
      "SELECT * FROM " + sql_rows("images, question, options, answer_label, answer, dataset_name, dataset_index, misc",
                                  {row("pathvqa_closed", "yes", 2000), row("slake_closed", "no", 2001)}));
  const auto rows = loaded();
  EXPECT_EQ(rows.name(), "pathvqa:test (medvlthinker)");
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(ids_of(rows), ElementsAre("medvlthinker-2000"));
  EXPECT_EQ(rows.items[0].gold_option, 0U);
}

}  // namespace
}  // namespace osler::test
