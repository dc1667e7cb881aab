#include "osler/capability/labels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "osler/capability/embedding_file.h"
#include "osler/storage/files.h"
#include "support/temporary_folder.h"

namespace osler::capability {
namespace {

namespace fs = std::filesystem;

class LabelFiles : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = temporary_.path();
    labels_.row_set = "made:test";
    labels_.row_set_hash = "abc";
    labels_.cross_validated = {50, 10, 20, 40};
    for (int i = 0; i < 90; ++i) {
      labels_.item_ids.push_back("item," + std::to_string(i));
      const double p = i / 100.0;
      labels_.labels.push_back({p >= 0.6 ? Capability::reasoning : Capability::understanding, p, "classifier 1"});
    }
  }

  fs::path write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomically(folder_ / name, text));
    return folder_ / name;
  }

  test::TemporaryFolder temporary_;
  fs::path folder_;
  Labels labels_;
};

TEST_F(LabelFiles, ReadWhatWasWritten) {
  labels_.labels[3] = {Capability::reasoning, {}, "human"};
  const auto status = write_labels(folder_ / "made.parquet", labels_);
  ASSERT_TRUE(status) << status.error().message();
  const auto read = read_labels(folder_ / "made.parquet");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->item_ids, labels_.item_ids);
  EXPECT_EQ(read->labels[3].source, "human");
  EXPECT_FALSE(read->labels[3].probability);
  EXPECT_DOUBLE_EQ(*read->labels[80].probability, 0.8);
  EXPECT_EQ(read->cross_validated.false_negatives, 20U);
  EXPECT_FALSE(read->human);
}

TEST_F(LabelFiles, WithoutTheirCompanionAreRefused) {
  ASSERT_TRUE(write_labels(folder_ / "made.parquet", labels_));
  write("made.json", "{}");
  EXPECT_FALSE(read_labels(folder_ / "made.parquet"));
  fs::remove(folder_ / "made.json");
  EXPECT_FALSE(read_labels(folder_ / "made.parquet"));
}

TEST_F(LabelFiles, HumanLabelsAreCountedByWeight) {
  const auto file = write("human.csv",
                          "item,label,weight,question\n\"item,1\",understanding,3,\"a\nb\"\n\"item,2\",reasoning,1,c\n"
                          "\"item,80\",reasoning,4,d\n\"item,81\",,4,d\n");
  const auto human = read_human_labels(file);
  ASSERT_TRUE(human) << human.error().message();
  EXPECT_EQ(human->size(), 3U);
  // Three items with weights 3, 1, 4 of 8: cells of 9/8, 3/8 and 12/8 items.
  const auto confusion = human_confusion(*human, labels_);
  EXPECT_EQ(confusion.true_negatives, 1U);
  EXPECT_EQ(confusion.false_negatives, 0U);
  EXPECT_EQ(confusion.true_positives, 2U);
}

TEST_F(LabelFiles, HumanLabelsThatAreNoneAreRefused) {
  EXPECT_FALSE(read_human_labels(write("a.csv", "item,label\n1,perhaps\n")));
  EXPECT_FALSE(read_human_labels(write("b.csv", "item,label\n1,reasoning\n1,reasoning\n")));
  EXPECT_FALSE(read_human_labels(write("c.csv", "item,label,weight\n1,reasoning,-1\n")));
  EXPECT_FALSE(read_human_labels(write("d.csv", "name\n1\n")));
}

TEST_F(LabelFiles, ASampleStandsForAllItems) {
  const auto drawn = draw_sample(labels_, 30, 7);
  ASSERT_EQ(drawn.size(), 30U);
  double weight = 0.0;
  std::set<std::size_t> once;
  std::map<std::size_t, int> strata;
  for (const auto& one : drawn) {
    weight += one.weight;
    once.insert(one.index);
    ++strata[one.stratum];
  }
  EXPECT_NEAR(weight, 90.0, 1e-9);
  EXPECT_EQ(once.size(), 30U);
  EXPECT_EQ(strata.size(), 6U);
  EXPECT_EQ(draw_sample(labels_, 1'000, 7).size(), 90U);
}

TEST_F(LabelFiles, VectorsOfJsonLinesAreChecked) {
  const auto good = read_embedding_file(
      write("v.jsonl", "{\"id\":\"a\",\"vector\":[1,2]}\n{\"id\":\"b\",\"vector\":[3,4.5]}\n"), "made");
  ASSERT_TRUE(good) << good.error().message();
  EXPECT_EQ(good->values, (std::vector<float>{1, 2, 3, 4.5}));
  for (const char* bad :
       {"", "[]", "{\"id\":\"a\",\"vector\":[]}", "{\"id\":\"a\",\"vector\":[1e300]}",
        "{\"id\":\"a\",\"vector\":[1]}\n{\"id\":\"a\",\"vector\":[1]}",
        "{\"id\":\"a\",\"vector\":[1]}\n{\"id\":\"b\",\"vector\":[1,2]}", "{\"id\":\"a\",\"vector\":[\"x\"]}"}) {
    EXPECT_FALSE(read_embedding_file(write("bad.jsonl", bad), "made")) << bad;
  }
  EXPECT_FALSE(read_embedding_file(write("bad.parquet", "PAR1"), "made"));
}

}  // namespace
}  // namespace osler::capability
