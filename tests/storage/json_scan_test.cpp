#include "osler/storage/json_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "osler/storage/json.h"

namespace osler {
namespace {

/// The length of the value that a text begins with, when it is shown in pieces of one size.
std::optional<std::size_t> extent(std::string_view text, std::size_t piece) {
  JsonExtent extent;
  for (std::size_t size = 0; size < text.size();) {
    size = std::min(text.size(), size + piece);
    if (const auto found = extent.advance(text.substr(0, size))) return found;
  }
  return std::nullopt;
}

/// A random value, of every kind, without and with white space.
Json random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 3 ? 5U : 7U)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int>(random()) / 7;
    case 3:
      return static_cast<double>(random()) / 3.0;
    case 4: {
      std::string text;
      for (std::size_t i = random() % 12; i > 0; --i) text += "a[]{}\",:\\/\n\t'"[random() % 13];
      return random() % 2 == 0 ? text + "\xC3\xA4" : text;
    }
    case 5: {
      Json list = Json::array();
      for (std::size_t i = random() % 4; i > 0; --i) list.push_back(random_value(random, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (std::size_t i = random() % 4; i > 0; --i) {
        object["k\"" + std::to_string(i)] = random_value(random, depth + 1);
      }
      return object;
    }
  }
}

TEST(JsonExtent, ValuesEndWhereTheyWereWrittenToEndInPiecesOfEverySize) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    const std::string text = random_value(random, 0).dump(round % 2 == 0 ? -1 : 2);
    for (const std::size_t piece : {1U, 2U, 7U, 10'000U}) {
      for (const char* after : {", ", "]", "}", "\n"}) {
        ASSERT_EQ(extent(text + after, piece), text.size()) << text << after << piece;
      }
    }
  }
}

TEST(JsonExtent, WhatDoesNotEndHasNoLength) {
  for (const char* text : {"[1, 2", "{\"a\": \"}", "\"text", "\"text\\\"", "\"\\", "123", "tru"}) {
    EXPECT_FALSE(extent(text, 1)) << text;
  }
  EXPECT_EQ(extent("]", 1), 0U);
  EXPECT_EQ(extent(", 1", 1), 0U);
}

TEST(SplitObject, MembersPutTogetherAreTheObject) {
  std::mt19937 random(12);
  std::vector<JsonMember> members;
  std::vector<std::string_view> elements;
  for (int round = 0; round < 500; ++round) {
    const Json value = random_value(random, 0);
    const std::string text = " " + value.dump(round % 2 == 0 ? -1 : 2) + "\r\n";
    ASSERT_EQ(split_object(text, members), value.is_object()) << text;
    ASSERT_EQ(split_array(text, elements), value.is_array()) << text;
    Json again = Json::object();
    if (value.is_object()) {
      for (const auto& member : members)
        again[parse_json(member.key, {})->get<std::string>()] = *parse_json(member.value, {});
      ASSERT_EQ(again, value);
    } else if (value.is_array()) {
      again = Json::array();
      for (const auto element : elements) again.push_back(*parse_json(element, {}));
      ASSERT_EQ(again, value);
    }
  }
}

TEST(SplitObject, WhatIsNoObjectIsRefused) {
  std::vector<JsonMember> members;
  for (const char* text : {"", "{", "{}}", "{,}", "{\"a\"}", "{\"a\": }", "{\"a\": 1,}", "{\"a\": 1 \"b\": 2}",
                           "{a: 1}", "{\"a\": 1} 2", "{\"a\" 1}", "{\"a\": 1]", "{1: 2}", "{\"a\":: 2}"}) {
    EXPECT_FALSE(split_object(text, members)) << text;
  }
}

TEST(PlainString, OnlyATextThatMeansItselfIsPlain) {
  EXPECT_EQ(plain_string("\"caf\xC3\xA9\""), "caf\xC3\xA9");
  EXPECT_EQ(plain_string("\"\""), "");
  for (const char* text : {"\"a\\n\"", "\"a\tb\"", "\"\xFF\"", "\"caf\xE9\"", "12", "\"", "", "\"a\"b\"", "null"}) {
    EXPECT_FALSE(plain_string(text)) << text;
  }
}

}  // namespace
}  // namespace osler
