#include "osler/dataset/text.h"
#include "osler/core/utf8.h"

#include <gtest/gtest.h>

namespace osler {
namespace {

TEST(Trim, TakesAsciiSpaceFromBothEndsOnly) {
  EXPECT_EQ(trim(" \t\r\n a b \f\v"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xC2\xA0x"), "\xC2\xA0x");
}

TEST(ToLower, TouchesAsciiLettersOnly) {
  EXPECT_EQ(to_lower("AbZ[9"), "abz[9");
  EXPECT_EQ(to_lower("\xC3\x84GE"), "\xC3\x84ge");
}

TEST(CollapseSpace, MakesOneSpaceOfEveryRun) {
  EXPECT_EQ(collapse_space("  left\tlung \r\n base "), "left lung base");
  EXPECT_EQ(collapse_space("\t"), "");
}

TEST(IsUtf8, TakesEveryWellFormedLength) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a\xC3\xA4\xE4\xB8\xAD\xF0\x9F\xAB\x80"));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(IsUtf8, RefusesWhatIsCutOverlongOrNoCharacter) {
  for (const char* text :
       {"\xC3", "a\xE4\xB8", "\xF0\x9F\xAB", "\xFF", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xF0\x80\x80\x80",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3(", "\xE4\xB8z"}) {
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace osler
