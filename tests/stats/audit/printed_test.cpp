#include "osler/stats/audit/printed.h"

#include <gtest/gtest.h>

#include <random>

namespace osler::audit {
namespace {

TEST(Printed, EveryShareOfNFitsNHoweverItIsWritten) {
  std::mt19937_64 random(7);
  for (int trial = 0; trial < 20'000; ++trial) {
    const auto n = 1 + random() % 5'000;
    const auto k = random() % (n + 1);
    const int decimals = static_cast<int>(random() % 7);
    const auto scale = static_cast<std::uint64_t>(power_of_ten(decimals));
    const std::uint64_t up = (2 * k * scale + n) / (2 * n);
    const bool tie = (2 * k * scale + n) % (2 * n) == 0;
    const std::uint64_t even = tie && up % 2 == 1 ? up - 1 : up;
    const std::uint64_t cut = k * scale / n;
    const auto printed = [decimals](std::uint64_t units) {
      return Printed{static_cast<std::int64_t>(units), decimals};
    };
    EXPECT_TRUE(fit(printed(cut), n).truncated) << k << "/" << n;
    EXPECT_TRUE(fit(printed(even), n).rounded()) << k << "/" << n;
    EXPECT_TRUE(fit(printed(up), n).rounded()) << k << "/" << n;
    const Fit found = fit(printed(up), n);
    EXPECT_LE(found.rounded_k, n);
  }
}

TEST(Printed, AgreesWithTryingEveryCount) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 500; ++trial) {
    const std::uint64_t n = 1 + random() % 300;
    const Printed printed{static_cast<std::int64_t>(random() % 1001), 3};
    bool up = false;
    bool even = false;
    bool cut = false;
    for (std::uint64_t k = 0; k <= n; ++k) {
      const std::uint64_t rounded = (2 * k * 1000 + n) / (2 * n);
      const bool tie = (2 * k * 1000 + n) % (2 * n) == 0;
      const auto units = static_cast<std::uint64_t>(printed.units);
      up = up || rounded == units;
      even = even || (tie && rounded % 2 == 1 ? rounded - 1 : rounded) == units;
      cut = cut || k * 1000 / n == units;
    }
    const Fit found = fit(printed, n);
    EXPECT_EQ(found.half_up, up) << printed.units << " of " << n;
    EXPECT_EQ(found.half_even, even) << printed.units << " of " << n;
    EXPECT_EQ(found.truncated, cut) << printed.units << " of " << n;
  }
}

TEST(Printed, FindsTheFractionsOfTheStudy) {
  const Fit pathvqa = fit({6205, 4}, 3362);  // 2086 / 3362 = 0.62046
  EXPECT_TRUE(pathvqa.rounded());
  EXPECT_EQ(pathvqa.rounded_k, 2086U);
  EXPECT_FALSE(fit({6374, 4}, 251).rounded());  // 160 / 251 = 0.63745
  EXPECT_EQ(fit({6374, 4}, 251).truncated_k, 160U);
  const auto fewer = largest_fraction({7075, 4}, 145, 97);
  ASSERT_TRUE(fewer);
  EXPECT_EQ(fewer->k, 75U);
  EXPECT_EQ(fewer->n, 106U);
}

TEST(Printed, OfABillionItemsNotEverySmallerNumberIsTried) {
  // 1 / n reads as 5e-9 up to n = 222,222,222: too far below the first, near enough to the second.
  EXPECT_FALSE(largest_fraction({5, 9}, 222'240'000, 150'000'000));
  EXPECT_EQ(largest_fraction({5, 9}, 222'230'000, 150'000'000)->n, 222'222'222U);
}

TEST(Printed, TheLargestNumbersDoNotOverflow) {
  EXPECT_EQ(fit({1'000'000'000, 9}, kMaxItems).rounded_k, kMaxItems);
  EXPECT_EQ(fit({333'333'333, 9}, kMaxItems).rounded_k, 333'333'333U);
}

}  // namespace
}  // namespace osler::audit
