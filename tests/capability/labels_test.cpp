#include "osler/capability/labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/temporary_folder.h"

namespace osler::capability {
namespace {

using testing::HasSubstr;

LabelSet some_labels() {
  LabelSet labels;
  labels.benchmark = "ward";
  labels.row_set = "ward:test (jsonl)";
  labels.row_set_hash = "abc";
  labels.classifier = "0123456789abcdef";
  labels.quality.errors = {0.8, 120.0, 0.7, 90.0, 0.25, {{true, 61.0, 30.0, 20.5}, {false, 400.0, 30.0, 0.0}}};
  labels.quality.balanced_accuracy = {0.75, 0.02, {0.71, 0.79}};
  labels.quality.auroc = Measure{0.8, 0.02, {0.76, 0.84}};
  labels.quality.measured_on = "somewhere";
  labels.items = {{"a", Capability::reasoning, LabelSource::classifier, 0.9, true, "1"},
                  {"b", Capability::understanding, LabelSource::gold, {}, {}, "2"},
                  {"c", Capability::reasoning, LabelSource::human, 0.2, false, "3"},
                  {"d", Capability::unlabeled, LabelSource::classifier, {}, {}, "4"}};
  return labels;
}

class LabelFiles : public testing::Test {
 protected:
  std::filesystem::path file() { return folder_.path() / "ward.parquet"; }
  osler::test::TemporaryFolder folder_;
};

TEST_F(LabelFiles, AreReadAsTheyWereWritten) {
  const auto labels = some_labels();
  ASSERT_TRUE(write_labels(file(), labels));
  const auto again = read_labels(file());
  ASSERT_TRUE(again) << again.error().message();
  ASSERT_EQ(again->items.size(), labels.items.size());
  for (std::size_t i = 0; i < labels.items.size(); ++i) {
    EXPECT_EQ(again->items[i].id, labels.items[i].id);
    EXPECT_EQ(again->items[i].capability, labels.items[i].capability);
    EXPECT_EQ(again->items[i].source, labels.items[i].source);
    EXPECT_EQ(again->items[i].probability, labels.items[i].probability);
    EXPECT_EQ(again->items[i].predicted, labels.items[i].predicted);
    EXPECT_EQ(again->items[i].text_hash, labels.items[i].text_hash);
  }
  EXPECT_EQ(again->quality.errors, labels.quality.errors);
  EXPECT_EQ(again->quality.measured_on, "somewhere");
  EXPECT_FALSE(again->quality.no_better_than_majority());
  EXPECT_EQ(source_text(LabelSource::classifier, *again), "classifier 01234567");
  EXPECT_EQ(source_text(LabelSource::gold, *again), "gold");
}

TEST_F(LabelFiles, ThatDoNotBelongTogetherAreRefused) {
  auto labels = some_labels();
  ASSERT_TRUE(write_labels(file(), labels));
  labels.classifier = "another";
  ASSERT_TRUE(write_labels(folder_.path() / "other.parquet", labels));
  std::filesystem::copy_file(folder_.path() / "other.json", folder_.path() / "ward.json",
                             std::filesystem::copy_options::overwrite_existing);
  const auto read = read_labels(file());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), HasSubstr("the .json beside it is of other labels"));
}

TEST_F(LabelFiles, WithImpossibleNumbersAreRefused) {
  auto labels = some_labels();
  labels.items[0].probability = 1.5;
  ASSERT_TRUE(write_labels(file(), labels));
  EXPECT_FALSE(read_labels(file()));
  labels = some_labels();
  labels.items[1].id = "a";
  ASSERT_TRUE(write_labels(file(), labels));
  EXPECT_THAT(read_labels(file()).error().message(), HasSubstr("stands twice"));
  labels = some_labels();
  labels.quality.errors.sensitivity = 1.2;
  ASSERT_TRUE(write_labels(file(), labels));
  EXPECT_THAT(read_labels(file()).error().message(), HasSubstr("outside of 0 to 1"));
  std::ofstream(folder_.path() / "ward.json") << "{\"schema\": 1}";
  EXPECT_FALSE(read_labels(file()));
  std::ofstream(folder_.path() / "ward.json") << "no json";
  EXPECT_FALSE(read_labels(file()));
  EXPECT_THAT(read_labels(folder_.path() / "none.parquet").error().message(), HasSubstr("osler capability label"));
}

TEST_F(LabelFiles, WithImpossibleStrataAreRefused) {
  const std::vector<stats::CheckedStratum> impossible[] = {
      {{true, 10.0, 0.0, 0.0}},   {{true, 10.0, 11.0, 3.0}},
      {{true, 10.0, 5.0, 6.0}},   {{true, 10.0, 5.0, -1.0}},
      {{true, 1e12, 5.0, 1.0}},   {{true, 1e300, 1e300, 1.0}},
      {{true, -1.0, -1.0, -1.0}}, std::vector<stats::CheckedStratum>(1001, {true, 10.0, 5.0, 1.0})};
  for (const auto& strata : impossible) {
    auto labels = some_labels();
    labels.quality.errors.strata = strata;
    ASSERT_TRUE(write_labels(file(), labels));
    const auto read = read_labels(file());
    ASSERT_FALSE(read) << strata.front().items;
    EXPECT_THAT(read.error().message(), HasSubstr("'checked'"));
  }
  ASSERT_TRUE(write_labels(file(), some_labels()));
  std::ifstream in(folder_.path() / "ward.json");
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  for (const std::string bad : {"\"unlabeled\"", "\"perhaps\"", "7"}) {
    std::string text = good;
    const std::string predicted = "\"predicted\": ";
    const auto at = text.find(predicted);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, text.find_first_of(",\n", at) - at, predicted + bad);
    std::ofstream(folder_.path() / "ward.json") << text;
    EXPECT_FALSE(read_labels(file())) << bad;
  }
}

TEST(Labels, BelongToATextAndNotToAnId) {
  std::vector<Item> items(1);
  items[0].id = "a";
  items[0].question = "Which organ?";
  items[0].options = {"liver", "spleen"};
  auto labels = some_labels();
  labels.items[0].text_hash = text_hash(items[0]);
  EXPECT_TRUE(check_texts(labels, items));
  items[0].options[1] = "kidney";
  const auto refused = check_texts(labels, items);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("'a'"));
  items[0].id = "unknown";
  EXPECT_TRUE(check_texts(labels, items));
}

TEST(Labels, FilesAreNamedByTheRowSet) {
  EXPECT_EQ(labels_file_name("vqa-rad/closed"), "vqa-rad.closed.parquet");
  EXPECT_EQ(labels_file_name("slake:zh"), "slake.zh.parquet");
}

TEST(LabelQuality, NeedsBothMeasuresAboveOneHalf) {
  LabelQuality quality;
  quality.balanced_accuracy = {0.6, 0.02, {0.56, 0.64}};
  EXPECT_FALSE(quality.no_better_than_majority());
  quality.auroc = Measure{0.55, 0.05, {0.45, 0.65}};
  EXPECT_TRUE(quality.no_better_than_majority());
  quality.auroc.reset();
  quality.balanced_accuracy.interval.low = 0.5;
  EXPECT_TRUE(quality.no_better_than_majority());
}

}  // namespace
}  // namespace osler::capability
