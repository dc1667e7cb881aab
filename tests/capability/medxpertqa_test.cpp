// The real questions: words alone tell understanding from reasoning as docs/capability.md says.

#include <gtest/gtest.h>

#include "osler/capability/evaluation.h"
#include "osler/capability/text_features.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/loader.h"
#include "support/command.h"

namespace osler::capability {
namespace {

TEST(MedXpertQa, WordsTellReasoningFromUnderstandingAsTheDocumentationSays) {
  const auto data = test::real_data_folder();
  if (data.empty() || !std::filesystem::exists(data / "medxpertqa_mm")) GTEST_SKIP() << "no real data";
  const auto card = find_card("medxpertqa-mm");
  ASSERT_TRUE(card);
  const auto rows = load_row_set(*card, {}, {data});
  ASSERT_TRUE(rows) << rows.error().message();
  const auto set = training_set(rows->items, text_features(rows->items));
  ASSERT_TRUE(set) << set.error().message();
  EvaluationOptions options;
  options.replicates = 200;
  options.shares.clear();
  const auto evaluation = evaluate_classifier(*set, options);
  ASSERT_TRUE(evaluation) << evaluation.error().message();
  EXPECT_EQ(evaluation->items, 2'000U);
  EXPECT_EQ(evaluation->confusion.positives(), 1'446U);
  EXPECT_NEAR(evaluation->auroc.value, 0.854, 0.01);
  EXPECT_NEAR(evaluation->balanced_accuracy.value, 0.772, 0.01);
  EXPECT_FALSE(evaluation->no_better_than_majority());
}

}  // namespace
}  // namespace osler::capability
