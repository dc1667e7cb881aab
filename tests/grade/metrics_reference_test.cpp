#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "osler/grade/metrics.h"

// Held against nltk and plain definitions: make_metric_reference.py says how the values were made.
namespace osler::grade {
namespace {

constexpr double kTolerance = 1e-9;

void expect_overlap(const Overlap& found, const nlohmann::json& expected, const std::string& which) {
  EXPECT_NEAR(found.precision, expected[0].get<double>(), kTolerance) << which;
  EXPECT_NEAR(found.recall, expected[1].get<double>(), kTolerance) << which;
  EXPECT_NEAR(found.f1, expected[2].get<double>(), kTolerance) << which;
}

class MetricReference : public testing::Test {
 protected:
  static nlohmann::json pairs() {
    std::ifstream file(OSLER_SOURCE_DIR "/tests/grade/metric_reference.json");
    return nlohmann::json::parse(file).at("pairs");
  }

  /// Calls check(prediction, reference, row) for every stored pair.
  template <class Check>
  static void for_all(Check check) {
    const auto rows = pairs();
    ASSERT_GE(rows.size(), 200U);
    for (const auto& row : rows) {
      const auto prediction = row.at("prediction").get<std::string>();
      const auto reference = row.at("reference").get<std::string>();
      SCOPED_TRACE("'" + prediction.substr(0, 200) + "' against '" + reference.substr(0, 200) + "'");
      check(prediction, reference, row);
    }
  }
};

TEST_F(MetricReference, SquadMatchAndTokenOverlap) {
  for_all([](const std::string& prediction, const std::string& reference, const nlohmann::json& row) {
    EXPECT_EQ(squad_match(prediction, reference), row.at("squad_match").get<bool>());
    expect_overlap(token_overlap(prediction, reference), row.at("token"), "token");
  });
}

TEST_F(MetricReference, LlavaMedRecall) {
  for_all([](const std::string& prediction, const std::string& reference, const nlohmann::json& row) {
    EXPECT_NEAR(llava_med_recall(prediction, reference), row.at("llava_med_recall").get<double>(), kTolerance);
  });
}

TEST_F(MetricReference, BleuWithAndWithoutSmoothing) {
  for_all([](const std::string& prediction, const std::string& reference, const nlohmann::json& row) {
    for (std::size_t order = 1; order <= 4; ++order) {
      EXPECT_NEAR(bleu(prediction, reference, order), row.at("bleu")[order - 1].get<double>(), kTolerance) << order;
      EXPECT_NEAR(bleu(prediction, reference, order, Smoothing::method1),
                  row.at("bleu_method1")[order - 1].get<double>(), kTolerance)
          << order;
    }
  });
}

TEST_F(MetricReference, Rouge) {
  for_all([](const std::string& prediction, const std::string& reference, const nlohmann::json& row) {
    expect_overlap(rouge_n(prediction, reference, 1), row.at("rouge_1"), "ROUGE-1");
    expect_overlap(rouge_n(prediction, reference, 2), row.at("rouge_2"), "ROUGE-2");
    expect_overlap(rouge_l(prediction, reference), row.at("rouge_l"), "ROUGE-L");
  });
}

}  // namespace
}  // namespace osler::grade
