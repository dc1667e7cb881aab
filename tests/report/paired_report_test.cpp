#include "osler/report/paired_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/sample.h"

namespace osler::report {
namespace {

using testing::HasSubstr;

std::vector<Comparison> made_up() {
  Comparison all{.first = "m\xFF",
                 .second = "n",
                 .benchmark = "toy",
                 .stratum = "all",
                 .n = 100,
                 .both = 40,
                 .only_first = 30,
                 .only_second = 5};
  all.difference = stats::PairedDifference{0.25, 0.05, 50, {0.15, 0.35}, 0.01};
  all.mcnemar_p = 0.02;
  Comparison reasoning = all;
  reasoning.stratum = "reasoning";
  reasoning.difference.reset();
  reasoning.mcnemar_p = 0.04;
  return {all, reasoning};
}

TEST(PairedReport, TheJsonHasTheContractsFieldsAndAdjustsOverTheList) {
  const auto list = nlohmann::json::parse(paired_json(made_up()));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0]["benchmark"], "toy");
  EXPECT_EQ(list[0]["b"], "n");
  EXPECT_EQ(list[0]["difference"], 0.25);
  EXPECT_EQ(list[0]["ci_low"], 0.15);
  EXPECT_EQ(list[0]["p"], 0.01);
  EXPECT_EQ(list[0]["p_adjusted"], 0.02);
  EXPECT_EQ(list[0]["p_mcnemar"], 0.02);
  EXPECT_EQ(list[0]["verdict"], "a");
  EXPECT_EQ(list[1]["stratum"], "reasoning");
  EXPECT_TRUE(list[1]["difference"].is_null());
  EXPECT_EQ(list[1]["p"], 0.04);
}

TEST(PairedReport, TheVerdictGoesByTheAdjustedP) {
  auto comparisons = made_up();
  comparisons[0].difference->p = 0.03;
  auto list = nlohmann::json::parse(paired_json(comparisons));
  EXPECT_EQ(list[0]["verdict"], "tie");
  comparisons.resize(1);
  comparisons[0].difference->difference = -0.25;
  list = nlohmann::json::parse(paired_json(comparisons));
  EXPECT_EQ(list[0]["verdict"], "b");
}

/// Two items that differ alike have no spread; their number decides, and is too small.
TEST(PairedReport, WithoutSpreadTheNumberOfItemsDecides) {
  auto comparisons = made_up();
  comparisons.resize(1);
  comparisons[0].difference = stats::PairedDifference{1.0, 0.0, 2, {1.0, 1.0}, 0.0};
  comparisons[0].mcnemar_p = 0.25;
  const auto list = nlohmann::json::parse(paired_json(comparisons));
  EXPECT_EQ(list[0]["p"], 0.25);
  EXPECT_EQ(list[0]["verdict"], "tie");
}

TEST(PairedReport, TheTableNamesWhoIsBetterAndCallsATieATie) {
  auto comparisons = made_up();
  comparisons[1].mcnemar_p = 0.4;
  const auto document = paired_document(comparisons);
  ASSERT_EQ(document.tables.size(), 1U);
  ASSERT_EQ(document.tables[0].rows.size(), 2U);
  EXPECT_EQ(document.tables[0].rows[0].cells.back().text, "A");
  EXPECT_EQ(document.tables[0].rows[1].cells.back().text, "tie");
  comparisons[0].difference->difference = -0.25;
  EXPECT_EQ(paired_document(comparisons).tables[0].rows[0].cells.back().text, "B");
  EXPECT_THAT(text_document(document, 0), HasSubstr("A = m\xEF\xBF\xBD, B = n"));
}

TEST(PairedReport, TheItemsThatDifferAreListedAndTheRestCounted) {
  const std::vector<DifferingItem> items{{"q1", true, "A", "B"}, {"q2", false, "(unparsed)", "C"}};
  const auto table = differing_table(made_up().front(), items, 1);
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.rows[0].cells[0].text, "q1");
  EXPECT_EQ(table.rows[0].cells[3].text, "B");
  ASSERT_EQ(table.notes.size(), 1U);
  EXPECT_THAT(table.notes[0], HasSubstr("1 more"));
}

}  // namespace
}  // namespace osler::report
