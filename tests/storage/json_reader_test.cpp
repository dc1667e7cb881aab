#include "osler/storage/json_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <string>

#include "osler/storage/json.h"

namespace osler {
namespace {

std::optional<std::string> string_in(std::string_view text) {
  JsonReader reader(text);
  std::string out = "what was there before";
  if (!reader.string(out) || !reader.end()) return std::nullopt;
  return out;
}

std::optional<double> number_in(std::string_view text) {
  JsonReader reader(text);
  double out = 0.0;
  if (!reader.number(out) || !reader.end()) return std::nullopt;
  return out;
}

std::optional<std::uint64_t> whole_in(std::string_view text) {
  JsonReader reader(text);
  std::uint64_t out = 0;
  if (!reader.whole(out) || !reader.end()) return std::nullopt;
  return out;
}

/// What the library makes of a text, if it is what it should be.
std::optional<Json> parsed(std::string_view text) {
  auto value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

/// A string is read exactly if the library reads it, and as the library does; but for the library a text ends at the
/// first null byte after a value.
void expect_same_string(const std::string& text) {
  const auto expected = parsed(text);
  const auto read = string_in(text);
  const bool ends_early = !read && text.find('\0') != std::string::npos;
  ASSERT_EQ(read || ends_early, ends_early || (expected && expected->is_string())) << testing::PrintToString(text);
  if (read) {
    ASSERT_EQ(*read, expected->get<std::string>()) << testing::PrintToString(text);
  }
}

TEST(JsonReader, StringsWithEveryEscape) {
  EXPECT_EQ(string_in(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(string_in(R"( "So \\boxed{B}.\n" )"), "So \\boxed{B}.\n");
  EXPECT_EQ(string_in(R"("\u0041\u00e4\u20AC\ud83D\uDE00")"), "A\u00E4\u20AC\U0001F600");
  EXPECT_EQ(string_in(R"("a\u0000b")"), std::string("a\0b", 3));
  EXPECT_EQ(string_in("\"\""), "");
}

TEST(JsonReader, StringsThatBreakTheirRules) {
  for (const char* bad : {"",
                          "\"",
                          "a",
                          "\"a",
                          "\"\\",
                          "\"\\\"",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"\\u12G4\"",
                          "\"\\u+123\"",
                          "\"\\ud83d\"",
                          "\"\\ud83dx\"",
                          "\"\\ud83d\\n\"",
                          "\"\\ud83d\\u0041\"",
                          "\"\\ude00\"",
                          "\"\\ud83d\\ud83d\"",
                          "\"a\nb\"",
                          "\"\x1F\"",
                          "\"\xFF\"",
                          "\"\xC3\"",
                          "\"\xED\xA0\x80\"",
                          "\"12345678\x01\"",
                          "\"a\" b",
                          "'a'"}) {
    EXPECT_FALSE(string_in(bad)) << bad;
    expect_same_string(bad);
  }
}

TEST(JsonReader, AByteThatNeedsCareIsSeenAtEveryPlace) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (const std::string piece : {"\\n", "\\u00e4", "\"", "\\", "\x1F", "\x7F", "\xC3\xA4", "\xC3", "\x80"}) {
        std::string text(size, 'x');
        text.insert(at, piece);
        expect_same_string("\"" + text + "\"");
      }
    }
  }
}

TEST(JsonReader, RandomStringsAreReadAsTheLibraryReadsThem) {
  const std::string pieces[] = {"a",
                                "plain text of some length ",
                                "\\n",
                                "\\\\boxed{",
                                "\\\"",
                                "\\u0041",
                                "\\ud83d",
                                "\\ude00",
                                "\\uD83D\\uDE00",
                                "\\u00",
                                "\xC3\xA4",
                                "\xE2\x82\xAC",
                                "\xF0\x9F\x98\x80",
                                "\xFF",
                                "\x80",
                                "\"",
                                "\\",
                                "\n",
                                "\x7F",
                                "\\/",
                                "\\u",
                                std::string(1, '\0')};
  std::mt19937 random(20240229);
  std::size_t good = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text = "\"";
    for (std::size_t count = random() % 9; count > 0; --count) {
      // Half of them of pieces that are all good, for otherwise few strings would be.
      text += i % 2 == 0 ? pieces[random() % std::size(pieces)] : pieces[random() % 6];
    }
    text += "\"";
    ASSERT_NO_FATAL_FAILURE(expect_same_string(text));
    good += string_in(text) ? 1U : 0U;
  }
  EXPECT_GT(good, 20'000U);
  EXPECT_LT(good, 38'000U);
}

TEST(JsonReader, AnyTextThatTheLibraryWritesComesBack) {
  std::mt19937 random(7);
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (std::size_t count = random() % 50; count > 0; --count) text += static_cast<char>(random() % 128);
    for (const bool ascii : {false, true}) {
      const std::string written = Json(text + "\u00E4\U0001F600").dump(-1, ' ', ascii);
      ASSERT_EQ(string_in(written), text + "\u00E4\U0001F600");
    }
  }
}

TEST(JsonReader, NumbersAreThoseOfTheLibrary) {
  for (const std::string text : {"0",
                                 "7",
                                 "1.5",
                                 "1e3",
                                 "1E+3",
                                 "2.5e-3",
                                 "-1.5",
                                 "-0.0",
                                 "-0",
                                 "-7",
                                 "00",
                                 "01",
                                 "-",
                                 "-a",
                                 "1.",
                                 ".5",
                                 "1.e3",
                                 "1e",
                                 "1e+",
                                 "+1",
                                 "0x10",
                                 "1e999",
                                 "1e-999",
                                 "NaN",
                                 "inf",
                                 "123456789012345678901234567890",
                                 "0.1",
                                 "2.2250738585072014e-308",
                                 "4.9e-324",
                                 "1.7976931348623157e308",
                                 "9007199254740993",
                                 "18446744073709551615",
                                 "18446744073709551616",
                                 "9999999999999999999",
                                 "10000000000000000000",
                                 "true",
                                 "\"1\"",
                                 "1 2",
                                 ""}) {
    const auto expected = parsed(text);
    const bool is_number = expected && expected->is_number();
    if (const auto read = number_in(text)) {
      ASSERT_TRUE(is_number) << text;
      const double value = expected->get<double>();
      EXPECT_EQ(std::memcmp(&*read, &value, sizeof value), 0) << text;
    }
    if (const auto read = whole_in(text)) {
      ASSERT_TRUE(is_number && expected->is_number_unsigned()) << text;
      EXPECT_EQ(*read, expected->get<std::uint64_t>()) << text;
    }
  }
  EXPECT_EQ(number_in("1234.567"), 1234.567);
  EXPECT_EQ(number_in(" 812.25 "), 812.25);
  EXPECT_EQ(whole_in("9999999999999999999"), 9999999999999999999U);
  EXPECT_EQ(whole_in("0"), 0U);
  EXPECT_FALSE(whole_in("1.0"));
  EXPECT_FALSE(whole_in("1e3"));
}

TEST(JsonReader, RandomDoublesComeBackToTheLastBit) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double value = 0.0;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isnormal(value)) continue;
    const std::string text = Json(value).dump();
    const auto read = number_in(text);
    ASSERT_TRUE(read) << text;
    ASSERT_EQ(std::memcmp(&*read, &value, sizeof value), 0) << text;
  }
}

/// {"names": [...], "flag": true} in any form.
bool read_shape(std::string_view text, std::string& seen) {
  JsonReader reader(text);
  std::string name;
  const auto element = [&] {
    if (!reader.string(name)) return false;
    seen += name + ",";
    return true;
  };
  const auto member = [&](std::string_view key) {
    seen += std::string(key) + ":";
    bool flag = false;
    return key == "names" ? reader.array(element) : reader.boolean(flag);
  };
  return reader.object(member) && reader.end();
}

TEST(JsonReader, ObjectsAndArraysWithAndWithoutWhiteSpace) {
  std::string seen;
  EXPECT_TRUE(read_shape(R"({"names":["a","b"],"flag":true})", seen));
  EXPECT_EQ(seen, "names:a,b,flag:");
  EXPECT_TRUE(read_shape(" {\t\"flag\" : false ,\r\n \"names\" : [ \"a\" , \"b\" ] } ", seen));
  EXPECT_TRUE(read_shape("{}", seen));
  EXPECT_TRUE(read_shape("{\"names\":[ ]}", seen));
  for (const char* bad : {"",
                          "{",
                          "}",
                          "[]",
                          "{\"flag\"}",
                          "{\"flag\":}",
                          "{\"flag\":true",
                          "{\"flag\":true,}",
                          "{\"flag\":true}}",
                          "{\"flag\":truee}",
                          "{\"flag\":tru",
                          "{flag:true}",
                          "{\"flag\":true \"names\":[]}",
                          "{\"names\":[\"a\",]}",
                          "{\"names\":[\"a\" \"b\"]}",
                          "{\"names\":[,]}",
                          "{\"names\":[\"a\"}",
                          "{\"fl\\u0061g\":true}",
                          "{\"flag\":null}",
                          "\xEF\xBB\xBF{}"}) {
    EXPECT_FALSE(read_shape(bad, seen)) << bad;
  }
}

}  // namespace
}  // namespace osler
