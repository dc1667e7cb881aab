#include "osler/grade/peers/python_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "osler/grade/peers/python_number.h"
#include "osler/grade/peers/unicode_tables.h"

// The expected values are what Python 3.11 gives.
namespace osler::grade::python {
namespace {

using namespace std::string_literals;

std::string utf8(char32_t code) {
  std::string out;
  const auto byte = [&out](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 + code / 64);
    byte(0x80 + code % 64);
  } else if (code < 0x10000) {
    byte(0xE0 + code / 4096);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  } else {
    byte(0xF0 + code / 262144);
    byte(0x80 + code / 4096 % 64);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  }
  return out;
}

TEST(PythonText, EveryLetterOfTheTableIsFoundInIt) {
  std::size_t letters = 0;
  for (const auto& run : kLower) {
    for (char32_t code = run.first; code <= run.last; code += run.step, ++letters) {
      const auto small = static_cast<char32_t>(static_cast<std::int64_t>(code) + run.added);
      EXPECT_EQ(lower(utf8(code)), utf8(small)) << "U+" << std::hex << static_cast<std::uint32_t>(code);
    }
  }
  std::size_t changed = 0;
  for (char32_t code = 0x80; code < 0x110000; ++code) {
    if (code >= 0xD800 && code < 0xE000) continue;
    const auto text = utf8(code);
    changed += lower(text) == text ? 0U : 1U;
  }
  EXPECT_EQ(letters, 1432U);  // and U+0130
  EXPECT_EQ(changed, 1432U - 26 + 1);
}

TEST(PythonText, LowersWhatIsBeyondAscii) {
  EXPECT_EQ(lower("MÉNIÈRE Β-LACTAM Ж"), "ménière β-lactam ж");
  EXPECT_EQ(lower("ΣΑΣ"), "σας");
  EXPECT_EQ(lower("ΑΣ:Α ΑΣ12 ΑΣ肺"), "ασ:α ας12 ας肺");
  EXPECT_EQ(lower("İ"), "i\u0307");
  EXPECT_EQ(lower("A\xFF"
                  "B\xC3"),
            "a\xFF"
            "b\xC3");
}

TEST(PythonText, KnowsSpacesWordsAndDigitsOfAllScripts) {
  EXPECT_EQ(strip("\u00A0\u3000 a b\x1F\u2028"), "a b");
  EXPECT_EQ(strip("\u200B"), "\u200B");
  EXPECT_EQ(strip("..a.", '.'), "a");
  EXPECT_TRUE(is_word(U'是'));
  EXPECT_TRUE(is_word(U'²'));
  EXPECT_FALSE(is_word(U'。'));
  EXPECT_FALSE(is_word(U'\u0301'));
  EXPECT_EQ(decimal_value(U'٣'), 3);
  EXPECT_EQ(decimal_value(U'９'), 9);
  EXPECT_EQ(decimal_value(U'²'), std::nullopt);
  EXPECT_EQ(length("肺\xFFβ"), 3U);
  EXPECT_TRUE(word_before("是B", 3));
  EXPECT_FALSE(word_before("\xAFxB", 1));
  std::vector<std::string_view> words;
  for_each_word("\u3000a\u00A0bc \n", [&words](std::string_view word) { words.push_back(word); });
  EXPECT_EQ(words, (std::vector<std::string_view>{"a", "bc"}));
}

TEST(PythonText, SplitsFromTheLeft) {
  EXPECT_EQ(after_last("a\n\n\nb", "\n\n"), "\nb");
  EXPECT_EQ(after_last("**answer**answer**", "**answer**"), "answer**");
  EXPECT_EQ(before_first("a.b.c", "."), "a");
  EXPECT_EQ(before_first("abc", "."), "abc");
  EXPECT_EQ(after_last("abc", "."), "abc");
  EXPECT_EQ(without("aaab", "aa"), "ab");
}

TEST(PythonText, FindsTheFirstAndTheLastPlace) {
  const auto found = occurrences("aabaaabaa", "aabaa");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->first, 0U);
  EXPECT_EQ(found->last, 4U);
  EXPECT_FALSE(occurrences("abab", "abb").has_value());
  EXPECT_FALSE(occurrences("a", "ab").has_value());
  EXPECT_EQ(occurrences("abc", "")->last, 3U);
}

TEST(PythonText, CharactersReadBackwardsAreThoseReadForwards) {
  const std::string text = "aβ肺🫀\xFF\x80\xE8\x82\xF0\x9F\xAB z\xC3";
  std::vector<char32_t> backwards;
  for (std::string_view rest = text; !rest.empty(); rest.remove_suffix(last_character(rest).bytes)) {
    backwards.insert(backwards.begin(), last_character(rest).code);
  }
  EXPECT_EQ(std::u32string(backwards.begin(), backwards.end()), code_points(text));
}

TEST(PythonNumber, ReadsWhatFloatReads) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(to_float("3.25"), 3.25);
  EXPECT_EQ(to_float(" -1_000.5e-1\u00A0"), -100.05);
  EXPECT_EQ(to_float("+.5"), 0.5);
  EXPECT_EQ(to_float("5."), 5.0);
  EXPECT_EQ(to_float("٣"), 3.0);
  EXPECT_EQ(to_float("-Infinity"), -infinity);
  EXPECT_TRUE(std::isnan(to_float("nan").value()));
  EXPECT_EQ(to_float("1e999999999999"), infinity);
  EXPECT_EQ(to_float("-1e-999999999999"), 0.0);
  EXPECT_EQ(to_float("0e99999"), 0.0);
  EXPECT_EQ(to_float(std::string(400, '9')), infinity);
  EXPECT_EQ(to_float("0." + std::string(400, '0') + "1e400"), 0.1);
  for (const auto* text : {"", ".", "1__0", "_1", "1_", "1_.5", "1._5", "1e", "1e+", "e5", "0x10", "1 2", "--1", "½",
                           "1,000", "\xFF", "1\x7F", "+", "infin"}) {
    EXPECT_EQ(to_float(text), std::nullopt) << text;
  }
}

TEST(PythonNumber, RoundsAsPythonDoes) {
  EXPECT_EQ(round(2.675, 2), 2.67);
  EXPECT_EQ(round(0.125, 2), 0.12);
  EXPECT_EQ(round(0.375, 2), 0.38);
  EXPECT_EQ(round(-7.005, 2), -7.0);
  EXPECT_EQ(round(1e308, 2), 1e308);
  EXPECT_EQ(round(std::numeric_limits<double>::infinity(), 2), std::numeric_limits<double>::infinity());
}

TEST(PythonNumber, FindsNumbersAsTheEvaluatorOfMmmuDoes) {
  using Numbers = std::vector<double>;
  EXPECT_EQ(extract_numbers("1,234 and 5"), (Numbers{1234, 234, 5}));
  EXPECT_EQ(extract_numbers("1,234,567x"), (Numbers{1234}));
  EXPECT_EQ(extract_numbers("1,234,5"), (Numbers{1234, 5}));
  EXPECT_EQ(extract_numbers("12345,678"), (Numbers{678}));
  EXPECT_EQ(extract_numbers("-1.5e-3"), (Numbers{-0.0015, -1, -3}));
  EXPECT_EQ(extract_numbers("1.5, 2"), (Numbers{1, 2}));
  EXPECT_EQ(extract_numbers("a-.5 5mm x12 3"), (Numbers{-0.5, 12, 3}));
  EXPECT_EQ(extract_numbers("1.2.3"), (Numbers{1.2, 0.3}));
  EXPECT_EQ(extract_numbers("是12"), (Numbers{12}));
  EXPECT_EQ(extract_numbers("--7"), (Numbers{-7}));
  EXPECT_EQ(extract_numbers(""), Numbers{});
}

}  // namespace
}  // namespace osler::grade::python
