#include "osler/core/option_order.h"

#include <gtest/gtest.h>

namespace osler::test {
namespace {

TEST(OptionOrder, IdsAreReadBack) {
  EXPECT_EQ(shifted_id("a@1", 3), "a@1@3");
  const auto found = shifted_from("a@1@3");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->item, "a@1");
  EXPECT_EQ(found->shift, 3U);
  for (const char* strange : {"", "a", "a@", "a@0", "a@x", "a@1x", "a@-1", "a@99999999999999999999999"}) {
    EXPECT_FALSE(shifted_from(strange)) << strange;
  }
}

TEST(OptionOrder, MovedOnceRoundTheOptionsAreWhereTheyWere) {
  for (std::size_t options = 1; options < 12; ++options) {
    for (std::size_t place = 0; place < options; ++place) {
      EXPECT_EQ(original_option(place, options, options), place);
      EXPECT_EQ(original_option(original_option(place, 1, options), options - 1, options), place);
    }
  }
}

}  // namespace
}  // namespace osler::test
