#include "osler/published/table_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "osler/published/known_sizes.h"
#include "osler/published/table_file.h"
#include "osler/stats/audit/audit.h"

namespace osler::published {
namespace {

using testing::HasSubstr;

audit::Printed printed(std::int64_t units, int decimals) { return {units, decimals}; }

TEST(TableReader, ReadsALongTableAsItIsPrinted) {
  const auto read = read_table("model,benchmark,stratum,accuracy\nA,x,overall,0.5710\nA,x,reasoning,0.6\n", "t.csv");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_FALSE(read->percent);
  EXPECT_EQ(read->table.cells[0].value, printed(5710, 4));
  EXPECT_EQ(read->table.cells[1].value, printed(6, 1));
  EXPECT_EQ(read->table.strata, (std::vector<std::string>{"overall", "reasoning"}));
}

TEST(TableReader, ReadsAWideTableWithMarksAndDashes) {
  const auto read = read_table(
      "group,model,X,**Y**,Avg.\nsmall,Bio♡,24.9,–,24.9\nbig,**B◇**,\"**61.40** %\",50.1±0.3,55.8\n", "t.csv");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->percent);
  EXPECT_EQ(read->table.models, (std::vector<std::string>{"Bio", "B"}));
  EXPECT_EQ(read->table.benchmarks, (std::vector<std::string>{"X", "Y"}));
  ASSERT_EQ(read->table.cells.size(), 3U);
  EXPECT_EQ(read->table.cells[0].value, printed(249, 3));
  EXPECT_EQ(read->table.cells[1].value, printed(6140, 4));
  EXPECT_EQ(read->table.cells[2].value, printed(501, 3));
  ASSERT_EQ(read->table.averages.size(), 1U);
  EXPECT_EQ(read->table.averages[0].values[1], printed(558, 3));
}

TEST(TableReader, WordsBesideTheModelTellRowsApart) {
  const auto read =
      read_table("model,condition,eval_dataset,n,accuracy\nA,p,x,\"2,060\",0.852913\nA,q,x,2060,0.5\n", "t.csv");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->table.models, (std::vector<std::string>{"A / p", "A / q"}));
  EXPECT_EQ(read->table.cells[0].n, 2060U);
  EXPECT_EQ(read->notes.size(), 1U);
}

TEST(TableReader, RefusesWhatIsNoTableOfAccuraciesAndSaysWhy) {
  const auto message = [](const char* text) {
    const auto read = read_table(text, "t.csv");
    return read ? std::string("read") : read.error().message();
  };
  EXPECT_THAT(message("dataset,count\nx,3\n"), HasSubstr("no column 'model'"));
  EXPECT_THAT(message("model,x\nA,50.1\nB,150\n"), HasSubstr("line 3"));
  EXPECT_THAT(message("model,x\nA,50.1\nB,1e1\nC,7\n"), HasSubstr("'1e1'"));
  EXPECT_THAT(message("model,x\nA,0.5\nA,0.6\n"), HasSubstr("second value"));
  EXPECT_THAT(message("model,x,X\nA,0.5,0.6\n"), HasSubstr("two columns"));
  EXPECT_THAT(message("model,benchmark,accuracy\nA,x,good\n"), HasSubstr("'good' is not an accuracy"));
  EXPECT_THAT(message("model,benchmark,n,accuracy\nA,x,1.5,0.5\n"), HasSubstr("not a number of items"));
  EXPECT_THAT(message("model,x\nA,word\n"), HasSubstr("no column of accuracies"));
  EXPECT_THAT(message("model,x\n"), HasSubstr("holds no table"));
  EXPECT_THAT(message(""), HasSubstr("holds no table"));
}

TEST(TableReader, DamagedTablesAreReadOrRefusedButNeverCrash) {
  const std::string whole = "model,benchmark,stratum,n,accuracy\nA,x,all,10,\"50%\"\nB,x,r,20,0.123456789012\n";
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 5'000; ++trial) {
    std::string text = whole;
    for (int edits = 0; edits < 3; ++edits) text[random() % text.size()] = static_cast<char>(random());
    const auto read = read_table(text.substr(0, random() % (text.size() + 1)), "t.csv");
    if (!read) {
      EXPECT_FALSE(read.error().what.empty());
      continue;
    }
    for (const auto& cell : read->table.cells) {
      EXPECT_LE(cell.value.units, audit::power_of_ten(cell.value.decimals));
      EXPECT_GE(cell.value.units, 0);
    }
  }
}

TEST(KnownSizes, CardsKnowThoseOfTheStudysBenchmarks) {
  const audit::Table table{.benchmarks = {"MedXpertQA", "SLAKE", "VQA-Med"}, .strata = {"overall", "reasoning"}};
  const auto sizes = sizes_of_cards(table);
  ASSERT_TRUE(sizes);
  const auto has = [&](std::size_t benchmark, std::size_t stratum, std::uint64_t n) {
    return std::ranges::any_of(*sizes, [=](const audit::KnownSize& size) {
      return size.benchmark == benchmark && size.stratum == stratum && size.n == n;
    });
  };
  EXPECT_TRUE(has(0, 0, 2000));
  EXPECT_TRUE(has(0, 1, 1446));
  EXPECT_TRUE(has(1, 0, 416));
  EXPECT_TRUE(std::ranges::none_of(*sizes, [](const audit::KnownSize& size) { return size.benchmark == 2; }));
}

TEST(KnownSizes, GivenOnesMustBelongToTheTable) {
  const audit::Table table{.benchmarks = {"X"}, .strata = {"overall"}};
  EXPECT_EQ(read_sizes("benchmark,n\nx,\"1,500\"\n", "n.csv", table).value().front().n, 1500U);
  EXPECT_FALSE(read_sizes("benchmark,n\ny,15\n", "n.csv", table));
  EXPECT_FALSE(read_sizes("benchmark,n\nx,0\n", "n.csv", table));
  EXPECT_FALSE(read_sizes("benchmark\nx\n", "n.csv", table));
}

TEST(TableFile, TheStudysTableTravelsInTheBinaryWithItsSource) {
  const auto file = find_table("liu2025");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_THAT(file->source.citation, HasSubstr("arXiv:2507.11200"));
  ASSERT_EQ(file->source.claims.size(), 1U);
  const auto read = read_table(file->text, file->file);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->table.cells.size(), 210U);
  const audit::Grid grid(read->table);
  const auto ranges = audit::check_ranges(grid);
  EXPECT_EQ(ranges.size(), 70U);
  EXPECT_EQ(std::ranges::count(ranges, false, &audit::RangeCheck::holds), 27);
  const auto claim = audit::check_claim(grid, file->source.claims[0]);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->reversed, 66U);
  EXPECT_EQ(claim->holds, 4U);
}

}  // namespace
}  // namespace osler::published
