#include "osler/storage/yaml.h"

#include <gtest/gtest.h>

namespace osler {
namespace {

TEST(YamlMap, ReadsTextsNumbersAndLists) {
  auto map =
      YamlMap::parse("name: a\nn: 7\nx: 0.5\nflag: true\nlist: [p, q]\none: r\nsub:\n  k: v\n", "card.yaml").value();
  EXPECT_EQ(map.text("name"), "a");
  EXPECT_EQ(map.integer_or("n", 0), 7);
  EXPECT_EQ(map.number_or("x", 0.0), 0.5);
  EXPECT_TRUE(map.flag_or("flag", false));
  EXPECT_EQ(map.texts("list"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(map.texts("one"), (std::vector<std::string>{"r"}));
  EXPECT_EQ(map.text_map("sub").at("k"), "v");
  EXPECT_TRUE(map.status().has_value());
}

TEST(YamlMap, AMissingKeyIsNamed) {
  auto map = YamlMap::parse("a: 1\n", "card.yaml").value();
  EXPECT_EQ(map.text("name"), "");
  EXPECT_NE(map.status().error().message().find("card.yaml, line 1: 'name' is missing"), std::string::npos);
}

TEST(YamlMap, AnUnknownKeyIsNamedWithItsLine) {
  auto map = YamlMap::parse("a: 1\nb: 2\nquestoin: x\n", "card.yaml").value();
  map.allow_only({"a", "b", "question"});
  EXPECT_EQ(map.status().error().message(),
            "card.yaml, line 3: unknown key 'questoin'; did you mean 'question'? known here: a, b, question");
}

TEST(YamlMap, ABrokenLineIsNamed) {
  const auto map = YamlMap::parse("a: 1\nb: [1, 2\nc: 3\n", "card.yaml");
  ASSERT_FALSE(map.has_value());
  EXPECT_TRUE(map.error().where.line.has_value());
}

TEST(YamlMap, OnlyTheFirstFaultIsKept) {
  auto map = YamlMap::parse("n: seven\nm: eight\n", "card.yaml").value();
  map.integer_or("n", 0);
  map.integer_or("m", 0);
  EXPECT_EQ(*map.status().error().where.line, 1U);
}

}  // namespace
}  // namespace osler
