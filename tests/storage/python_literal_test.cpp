#include "osler/storage/python_literal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace osler {
namespace {

using testing::HasSubstr;

Json parsed(std::string_view text) {
  const auto value = parse_python_literal(text, {"file.tsv"});
  EXPECT_TRUE(value) << text << ": " << (value ? "" : value.error().message());
  return value.value_or(Json("no value"));
}

std::string refusal(std::string_view text) {
  const auto value = parse_python_literal(text, {"file.tsv"});
  return value ? "it was read" : value.error().message();
}

TEST(PythonLiteral, IsReadAsPythonReadsIt) {
  const auto cases = read_json(OSLER_SOURCE_DIR "/tests/storage/python_literals.json");
  ASSERT_TRUE(cases) << cases.error().message();
  ASSERT_GT(cases->size(), 70U);
  for (const auto& example : *cases) {
    const auto text = example.at("text").get<std::string>();
    const auto value = parse_python_literal(text, {"file.tsv"});
    if (example.contains("error")) {
      EXPECT_FALSE(value) << text;
    } else {
      ASSERT_TRUE(value) << value.error().message() << "\n" << text;
      EXPECT_EQ(*value, example.at("value")) << text;
      EXPECT_EQ(value->type(), example.at("value").type()) << text;
    }
  }
}

TEST(PythonLiteral, OptionsOfABenchmarkAreRead) {
  EXPECT_EQ(parsed(R"(['a', "it's", 'b\'c', "d\"e"])"), Json({"a", "it's", "b'c", "d\"e"}));
  EXPECT_EQ(parsed(R"(['caf\xe9', '\u4e2d', 'line\nend'])"), Json({"caf\xC3\xA9", "\xE4\xB8\xAD", "line\nend"}));
}

TEST(PythonLiteral, TheErrorNamesTheByteAndItsPlace) {
  EXPECT_THAT(refusal("['a', b]"), HasSubstr("file.tsv, byte 6: is not a Python literal that Osler reads (a name"));
  EXPECT_THAT(refusal("['a' 5]"), HasSubstr("byte 5: is not a Python literal that Osler reads (a comma is missing)"));
  EXPECT_THAT(refusal("['a', 'b"), HasSubstr("byte 6: is not a Python literal that Osler reads (a string has no end)"));
  EXPECT_THAT(refusal("['a'"), HasSubstr("byte 4: is not a Python literal that Osler reads (it breaks off)"));
  EXPECT_THAT(refusal("['ab\\xZZ']"), HasSubstr("byte 4: "));
  Place place{"file.tsv"};
  place.line = 3;
  place.byte = 100;
  const auto later = parse_python_literal("[nan]", place);
  ASSERT_FALSE(later);
  EXPECT_EQ(*later.error().where.byte, 101U);
  EXPECT_EQ(*later.error().where.line, 3U);
}

TEST(PythonLiteral, WhatJsonCannotHoldIsRefusedNotChanged) {
  EXPECT_THAT(refusal("18446744073709551616"), HasSubstr("larger than 64 bits"));
  EXPECT_THAT(refusal("-9223372036854775809"), HasSubstr("larger than 64 bits"));
  EXPECT_THAT(refusal("1e999"), HasSubstr("out of range"));
  EXPECT_THAT(refusal("1j"), HasSubstr("no number"));
  EXPECT_THAT(refusal("b'bytes'"), HasSubstr("a name is no value"));
  EXPECT_THAT(refusal("{1, 2}"), HasSubstr("keys must be strings"));
  EXPECT_THAT(refusal("{1: 2}"), HasSubstr("keys must be strings"));
  EXPECT_THAT(refusal("'\\ud83d'"), HasSubstr("half of a character"));
  EXPECT_THAT(refusal("'\\N{DEGREE SIGN}'"), HasSubstr("by name"));
  EXPECT_THAT(refusal("['a\xFF']"),
              HasSubstr("byte 1: is not a Python literal that Osler reads (a string is not UTF-8"));
  EXPECT_THAT(refusal(std::string_view("'a\0'", 4)), HasSubstr("zero byte"));
}

TEST(PythonLiteral, DeepNestingIsRefused) {
  EXPECT_EQ(parsed(std::string(64, '[') + std::string(64, ']')).size(), 1U);
  const auto deep = parse_python_literal(std::string(65, '['), {});
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::limit);
  EXPECT_EQ(*deep.error().where.byte, 64U);
  EXPECT_FALSE(parse_python_literal(std::string(1'000'000, '('), {}));
}

TEST(PythonLiteral, EveryBeginningOfAListIsRefused) {
  const std::string whole = R"([('a', "it's"), {'k': -1.5e3, u'l': [None, True]}, '''x''', r'\'', 0x1f, '\u00e9' ])";
  ASSERT_TRUE(parse_python_literal(whole, {}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto value = parse_python_literal(whole.substr(0, length), {});
    ASSERT_FALSE(value) << length;
    EXPECT_LE(*value.error().where.byte, length);
  }
}

/// Prints values after the rules of Python's repr: single quotes unless there is one inside and no double one.
class PythonPrinter {
 public:
  explicit PythonPrinter(std::mt19937& random) : random_(random) {}

  std::string print(const Json& value) {
    if (value.is_string()) return print(value.get_ref<const std::string&>());
    if (value.is_null()) return "None";
    if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
    if (!value.is_structured()) return value.dump();
    std::string out;
    for (const auto& [key, element] : value.items()) {
      if (!out.empty()) out += ", ";
      if (value.is_object()) out += print(key) + ": ";
      out += print(element);
    }
    if (value.is_object()) return "{" + out + "}";
    if (random_() % 3 > 0) return "[" + out + "]";
    return "(" + out + (value.size() == 1 ? ",)" : ")");
  }

 private:
  std::string print(const std::string& text) {
    const bool single = text.find('\'') == std::string::npos || text.find('"') != std::string::npos;
    const char quote = single ? '\'' : '"';
    std::string out(1, quote);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == quote || c == '\\') {
        out += {'\\', c};
      } else if (c == '\n') {
        out += "\\n";
      } else if (c == '\r') {
        out += "\\r";
      } else if (c == '\t') {
        out += "\\t";
      } else if (byte < 0x20 || byte == 0x7F) {
        out += fmt::format("\\x{:02x}", byte);
      } else {
        out += c;
      }
    }
    return out + quote;
  }

  std::mt19937& random_;
};

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> kPieces{
      "'",    "\"",   "\\", "\n", "\r",       "\t",           std::string(1, '\0'),
      "\x1B", "\x7F", "a",  "n",  "x41",      "u0041",        " ",
      ",",    "]",    "{",  "#",  "\xC3\xA9", "\xE4\xB8\xAD", "\xF0\x9F\xA7\xA0",
      "0",    "7",    "N",  "r",  "%"};
  std::string text;
  for (std::size_t n = random() % 8; n > 0; --n) text += kPieces[random() % kPieces.size()];
  return text;
}

Json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 8U : 6U)) {
    case 0:
      return random() % 2 == 0;
    case 1:
      return nullptr;
    case 2:
      return static_cast<std::int64_t>(random()) - static_cast<std::int64_t>(random());
    case 3:
      return static_cast<double>(random()) / 65536.0 * (random() % 2 == 0 ? 1e-20 : -1e20);
    case 6: {
      Json list = Json::array();
      for (std::size_t n = random() % 5; n > 0; --n) list.push_back(random_value(random, depth - 1));
      return list;
    }
    case 7: {
      Json object = Json::object();
      for (std::size_t n = random() % 5; n > 0; --n) object[random_text(random)] = random_value(random, depth - 1);
      return object;
    }
    default:
      return random_text(random);
  }
}

TEST(PythonLiteral, WhatReprPrintsComesBackEqual) {
  std::mt19937 random(11);
  PythonPrinter printer(random);
  for (int round = 0; round < 5000; ++round) {
    const Json value = random_value(random, 4);
    const std::string text = printer.print(value);
    const auto back = parse_python_literal(text, {});
    ASSERT_TRUE(back) << text << "\n" << back.error().message();
    ASSERT_EQ(*back, value) << text;
  }
}

TEST(PythonLiteral, AnyBytesGiveAValueOrAPlaceInTheText) {
  std::mt19937 random(13);
  constexpr std::string_view kAlphabet = "[](){},:'\"\\rux0123456789abe_.+- \n\rTrueNone#\xC3\xA9";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t n = random() % 24; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
    const auto value = parse_python_literal(text, {});
    if (value) continue;
    ASSERT_LE(*value.error().where.byte, text.size()) << text;
    ASSERT_FALSE(value.error().what.empty());
  }
}

}  // namespace
}  // namespace osler
