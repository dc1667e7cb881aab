#include "osler/storage/json.h"

#include <gtest/gtest.h>

#include <fstream>

namespace osler {
namespace {

TEST(ParseJson, SkipsAByteOrderMark) { EXPECT_EQ(parse_json("\xEF\xBB\xBF[1]", {})->at(0), 1); }

TEST(ParseJson, SaysWhereTheTextBreaksOff) {
  const auto value = parse_json("[{\"a\": 1}, {\"b\"", {"file.json"});
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().message().find("file.json, byte 15: the JSON breaks off"), 0U) << value.error().message();
}

TEST(ParseJson, SaysWhichByteIsWrong) {
  const auto value = parse_json("[1, }", {"file.json"});
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(*value.error().where.byte, 4U);
}

TEST(ParseJson, DeepNestingIsAnErrorBecauseSerialisingItWouldExhaustTheStack) {
  const std::string deep(200'000, '[');
  EXPECT_FALSE(parse_json(deep, {}).has_value());
  const auto closed = parse_json(deep + std::string(200'000, ']'), {"file.json"});
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().message().find("file.json, byte 512: nests its JSON"), 0U) << closed.error().message();
}

TEST(ParseJson, BracketsInAStringDoNotNest) {
  EXPECT_TRUE(parse_json("[\"" + std::string(2000, '[') + "\\\"{\"]", {}).has_value());
}

TEST(ForEachJsonLine, NumbersLinesAndSkipsEmptyOnes) {
  const auto path = std::filesystem::temp_directory_path() / "osler_lines.jsonl";
  { std::ofstream(path) << "{\"a\":1}\r\n\n{\"a\":2}"; }
  std::vector<std::uint64_t> lines;
  ASSERT_TRUE(for_each_json_line(path, [&](Json&&, std::uint64_t line) -> Status {
                lines.push_back(line);
                return {};
              }).has_value());
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{1, 3}));
  { std::ofstream(path) << "{\"a\":1}\n{\"a\":"; }
  const auto cut = for_each_json_line(path, [](Json&&, std::uint64_t) -> Status { return {}; });
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(*cut.error().where.line, 2U);
  std::filesystem::remove(path);
}

TEST(DumpJson, InvalidUtf8DoesNotThrow) { EXPECT_FALSE(dump_json(Json{{"text", "a\xFFz"}}).empty()); }

}  // namespace
}  // namespace osler
