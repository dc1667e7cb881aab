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

TEST(Utf8Beginning, EndsWithAWholeCharacter) {
  const std::string text = "a肺😀b";
  EXPECT_EQ(utf8_beginning(text, 100), text);
  EXPECT_EQ(utf8_beginning(text, text.size()), text);
  EXPECT_EQ(utf8_beginning(text, 8), "a肺😀");
  for (const std::size_t bytes : {4U, 5U, 6U, 7U}) EXPECT_EQ(utf8_beginning(text, bytes), "a肺") << bytes;
  for (const std::size_t bytes : {1U, 2U, 3U}) EXPECT_EQ(utf8_beginning(text, bytes), "a") << bytes;
  EXPECT_EQ(utf8_beginning(text, 0), "");
}

TEST(Utf8Beginning, OfBytesThatAreNoTextIsAsLongAsAsked) {
  EXPECT_EQ(utf8_beginning(std::string(50, '\x80'), 9).size(), 9U);
}

}  // namespace
}  // namespace osler
