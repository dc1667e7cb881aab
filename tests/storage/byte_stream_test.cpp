#include "osler/storage/byte_stream.h"

#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "storage/zip_maker.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

class ByteStreamTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path write(std::string_view content) const {
    const fs::path path = folder_.path() / "data.txt";
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  [[nodiscard]] ByteStream stream(std::string_view content, std::size_t chunk = ByteStream::kChunk) const {
    return ByteStream::open(write(content), chunk).value();
  }

  test::TemporaryFolder folder_;
};

Result<Lines> lines_of(ByteStream stream, std::uint64_t max_line = 1000) {
  Lines lines;
  const auto status = for_each_line(stream, max_line, [&lines](const TextLine& line) -> Status {
    EXPECT_EQ(line.number, lines.size() + 1);
    lines.emplace_back(std::to_string(line.begin) + ":" + std::string(line.text));
    return {};
  });
  if (!status) return pass(status);
  return lines;
}

TEST_F(ByteStreamTest, TheWindowGrowsAndShrinksOverTheWholeFile) {
  std::mt19937 random(3);
  std::string content(10'000, '\0');
  for (char& c : content) c = static_cast<char>(random());
  for (const std::size_t chunk : {1U, 2U, 7U, 64U * 1024U}) {
    auto bytes = stream(content, chunk);
    std::string seen;
    while (bytes.more().value() || !bytes.window().empty()) {
      ASSERT_EQ(bytes.offset(), seen.size());
      ASSERT_EQ(bytes.window(), std::string_view(content).substr(seen.size(), bytes.window().size()));
      const std::size_t taken = std::min<std::size_t>(bytes.window().size(), 1 + random() % 3);
      seen += bytes.window().substr(0, taken);
      bytes.drop(taken);
    }
    EXPECT_TRUE(seen == content) << chunk;
  }
}

TEST_F(ByteStreamTest, LinesAreThoseOfTheWholeTextForEveryChunk) {
  const std::string content = "first\n\nthird \r\nand the last";
  for (const std::size_t chunk : {1U, 2U, 7U, 64U * 1024U}) {
    EXPECT_EQ(lines_of(stream(content, chunk)).value(), (Lines{"0:first", "6:", "7:third \r", "15:and the last"}));
  }
  EXPECT_EQ(lines_of(ByteStream::of_text("a\n", "x")).value(), Lines{"0:a"});
  EXPECT_TRUE(lines_of(stream("")).value().empty());
}

TEST_F(ByteStreamTest, ALineThatDoesNotEndIsALimitAndNotAllOfTheMemory) {
  const auto lines = lines_of(stream("short\n" + std::string(5000, 'x'), 100), 1000);
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code, ErrorCode::limit);
  EXPECT_THAT(lines.error().message(), HasSubstr("data.txt, line 2: has a line of more than 1000 bytes"));
}

TEST_F(ByteStreamTest, AByteOrderMarkIsDroppedAndNothingElseIs) {
  for (const std::size_t chunk : {1U, 100U}) {
    auto marked = stream("\xEF\xBB\xBFtext", chunk);
    ASSERT_TRUE(drop_byte_order_mark(marked));
    EXPECT_EQ(marked.offset(), 3U);
    auto part = stream("\xEF\xBB", chunk);
    ASSERT_TRUE(drop_byte_order_mark(part));
    EXPECT_EQ(part.window(), "\xEF\xBB");
  }
}

TEST_F(ByteStreamTest, AMemberOfAZipIsReadAsAFileIs) {
  test::make_zip(folder_.path() / "a.zip", {{"rows/data.jsonl", "one\ntwo\n"}});
  auto member = ByteStream::open(folder_.path() / "a.zip/rows/data.jsonl");
  ASSERT_TRUE(member) << member.error().message();
  EXPECT_EQ(lines_of(std::move(*member)).value(), (Lines{"0:one", "4:two"}));
  EXPECT_FALSE(ByteStream::open(folder_.path() / "a.zip/rows/none.jsonl"));
}

TEST_F(ByteStreamTest, WhatIsNoFileIsAnErrorThatNamesIt) {
  const auto missing = ByteStream::open(folder_.path() / "none.txt");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("none.txt: cannot be opened"));
  EXPECT_THAT(ByteStream::open(folder_.path()).error().message(), HasSubstr("is a folder, not a file"));
}

TEST_F(ByteStreamTest, APartOfAFileIsReadOrEndsBefore) {
  const auto path = write("0123456789");
  EXPECT_EQ(read_file_part(path, 0, 10).value(), "0123456789");
  EXPECT_EQ(read_file_part(path, 7, 3).value(), "789");
  EXPECT_EQ(read_file_part(path, 10, 0).value(), "");
  for (const auto& [offset, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {7, 4}, {11, 0}, {0, std::uint64_t{1} << 62}, {~std::uint64_t{0}, 2}, {2, ~std::uint64_t{0}}}) {
    const auto part = read_file_part(path, offset, length);
    ASSERT_FALSE(part) << offset;
    EXPECT_EQ(part.error().code, ErrorCode::malformed);
  }
}

}  // namespace
}  // namespace osler
