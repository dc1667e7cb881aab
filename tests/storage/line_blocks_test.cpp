#include "osler/storage/line_blocks.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <string>

#include "support/temporary_folder.h"

namespace osler {
namespace {

class LineBlocksTest : public testing::Test {
 protected:
  void write(const std::string& content) const { std::ofstream(file(), std::ios::binary) << content; }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "lines.jsonl"; }

  struct Line {
    std::uint64_t number = 0;
    std::string text;
    bool operator==(const Line&) const = default;
  };
  using Lines = std::map<std::size_t, Line>;  ///< By where they begin.

  [[nodiscard]] Lines lines(BlockLimits limits, unsigned threads) const {
    std::mutex mutex;
    Lines found;
    const auto status = for_each_block(file(), limits, threads, [&](const LineBlock& block) {
      return for_each_line(block, [&](const TextLine& line) -> Status {
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(found.try_emplace(line.begin, Line{line.number, std::string(line.text)}).second);
        return {};
      });
    });
    EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message());
    return found;
  }

  test::TemporaryFolder folder_;
};

TEST_F(LineBlocksTest, EveryLineIsVisitedOnceWithItsNumberAndPlace) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::string content;
    for (std::size_t count = random() % 40; count > 0; --count) content += std::string(random() % 90, 'x') + "\n";
    if (round % 3 == 0) content += "and no line end";
    write(content);
    Lines expected;
    ASSERT_TRUE(for_each_line(std::string_view(content), [&](const TextLine& line) -> Status {
      expected[line.begin] = {line.number, std::string(line.text)};
      return {};
    }));
    for (const std::size_t chunk : {1U, 7U, 64U, 4096U}) {
      for (const unsigned threads : {1U, 3U}) ASSERT_EQ(lines({.chunk = chunk}, threads), expected) << chunk;
    }
  }
}

TEST_F(LineBlocksTest, ManyLineEndsAreCounted) {
  write(std::string(1000, '\n') + "last");
  const auto found = lines({.chunk = 300}, 2);
  EXPECT_EQ(found.size(), 1001U);
  EXPECT_EQ(found.at(1000), (Line{1001, "last"}));
}

TEST_F(LineBlocksTest, TheFailureIsThatOfTheFirstBlockThatHasOne) {
  std::string content;
  for (int i = 1; i <= 500; ++i) content += (i == 123 || i == 200 || i == 499 ? "bad\n" : "good\n");
  write(content);
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (int round = 0; round < 20; ++round) {
      const auto status = for_each_block(file(), {.chunk = 32}, threads, [](const LineBlock& block) {
        return for_each_line(block, [](const TextLine& line) -> Status {
          if (line.text != "bad") return {};
          Place place{"lines"};
          place.line = line.number;
          return fail(ErrorCode::malformed, "is bad", place);
        });
      });
      ASSERT_FALSE(status.has_value());
      ASSERT_EQ(status.error().where.line.value_or(0), 123U) << threads;
    }
  }
}

TEST_F(LineBlocksTest, OfAJournalEmptyLinesAndATornLastOneArePassedOver) {
  const auto lines = [&](const std::string& content) {
    write(content);
    std::string seen;
    const auto status = for_each_block(file(), {.chunk = 3}, 1, [&](const LineBlock& block) {
      return for_each_whole_line(block, [&](const TextLine& line) -> Status {
        seen += std::to_string(line.number) + std::string(line.text) + ' ';
        return {};
      });
    });
    EXPECT_TRUE(status.has_value());
    return seen;
  };
  EXPECT_EQ(lines("a\n\nb\ntorn"), "1a 3b ");
  EXPECT_EQ(lines("a\nb\n"), "1a 2b ");
  EXPECT_EQ(lines("torn"), "");
  EXPECT_EQ(lines(""), "");
}

TEST_F(LineBlocksTest, ALineOrAFileThatIsTooLongIsNamed) {
  write("short\n" + std::string(5000, 'x') + "\nshort\n");
  const auto nothing = [](const LineBlock&) { return Status{}; };
  const auto line = for_each_block(file(), {.chunk = 100, .max_line = 1000}, 2, nothing);
  ASSERT_FALSE(line.has_value());
  EXPECT_EQ(line.error().code, ErrorCode::limit);
  EXPECT_EQ(line.error().where.line.value_or(0), 2U);
  EXPECT_EQ(line.error().where.file, file().string());
  const auto whole = for_each_block(file(), {.max_file = 5000}, 2, nothing);
  ASSERT_FALSE(whole.has_value());
  EXPECT_EQ(whole.error().code, ErrorCode::limit);
}

TEST_F(LineBlocksTest, AFileThatIsNotThereOrAFolderIsNamed) {
  const auto nothing = [](const LineBlock&) { return Status{}; };
  EXPECT_EQ(for_each_block(file(), {}, 2, nothing).error().code, ErrorCode::not_found);
  EXPECT_EQ(for_each_block(folder_.path(), {}, 2, nothing).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace osler
