#include "osler/report/escape.h"

#include <gtest/gtest.h>

namespace osler::report {
namespace {

using namespace std::string_literals;

TEST(Escape, ValidUtf8PassesAndTheRestIsReplaced) {
  EXPECT_EQ(valid_utf8("aé—腸😀"), "aé—腸😀");
  EXPECT_EQ(valid_utf8("a\xff"s + "b"), "a\uFFFDb");
  EXPECT_EQ(valid_utf8("\xe8\x85"), "\uFFFD\uFFFD") << "cut in the middle";
  EXPECT_EQ(valid_utf8("\xc0\xaf"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "surrogate";
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD") << "beyond U+10FFFF";
}

TEST(Escape, PrintableIsOneHarmlessLine) {
  EXPECT_EQ(printable("a\nb\tc"), "a␊b␉c");
  EXPECT_EQ(printable("\x1b[2J\x7f"), "␛[2J␡");
  EXPECT_EQ(printable("\0"s), "␀");
  EXPECT_EQ(printable("\u0085\u2028\u202e"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("Ångström"), "Ångström");
}

TEST(Escape, WidthOnATerminal) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("—"), 1u);
  EXPECT_EQ(display_width("腸"), 2u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width(""), 0u);
}

TEST(Escape, ABeginningIsNoPartOfACharacter) {
  EXPECT_EQ(printable_beginning("lung", 4), "lung");
  EXPECT_EQ(printable_beginning("lungs", 4), "lung...");
  EXPECT_EQ(printable_beginning("肺肺肺", 4), "肺...");
  EXPECT_EQ(printable_beginning("a\nb", 8), printable("a\nb"));
}

TEST(Escape, MarkdownShowsTheTextAsItStands) {
  EXPECT_EQ(markdown_text("a|b"), "a\\|b");
  EXPECT_EQ(markdown_text("a\\|b"), "a\\\\\\|b");
  EXPECT_EQ(markdown_text("Q4_K_M"), "Q4_K_M");
  EXPECT_EQ(markdown_text("_x_ *y* `z` ~w~ $v$"), "\\_x\\_ \\*y\\* \\`z\\` \\~w\\~ \\$v\\$");
  EXPECT_EQ(markdown_text("[60.2, 71.9]"), "[60.2, 71.9]");
  EXPECT_EQ(markdown_text("[a](b) [a][b]"), "[a\\](b) [a\\][b]");
  EXPECT_EQ(markdown_text("<b>&amp;"), "&lt;b>&amp;amp;");
  EXPECT_EQ(markdown_text("a\r\nb"), "a␍␊b");
}

TEST(Escape, CsvQuotesWhatRfc4180Asks) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field(""), "");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_field("a\r\nb"), "\"a\r\nb\"");
  EXPECT_EQ(csv_field(" a"), "\" a\"");
  EXPECT_EQ(csv_field("\0\xff"s), "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace osler::report
