#include "osler/core/utf8.h"

#include <gtest/gtest.h>

namespace osler {
namespace {

TEST(PrintableLine, HasNoControlCharactersOfEitherSet) {
  EXPECT_EQ(printable_line("a\n\x1b[31mb\x7f\u0080c\u009f"), "a??[31mb??c?");
}

TEST(PrintableLine, LeavesAllOtherTextAlone) {
  const std::string text = "µ £ \u00a0 é 肺 😀";
  EXPECT_EQ(printable_line(text), text);
}

TEST(PrintableLine, TakesBytesThatBreakOffAsTheyAre) { EXPECT_EQ(printable_line("a\xc2"), "a\xc2"); }

TEST(PrintableText, KeepsLineEndsAndTabsButNoLoneCarriageReturn) {
  EXPECT_EQ(printable_text("a\r\nb\tc\rd\x1b"), "a\nb\tc?d?");
}

}  // namespace
}  // namespace osler
