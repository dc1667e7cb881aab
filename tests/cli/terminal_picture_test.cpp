#include "osler/cli/terminal_picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

namespace osler::cli {
namespace {

constexpr const char* kBlock = "\xE2\x96\x80";

Image plain(std::uint32_t width, std::uint32_t height, std::uint8_t grey = 0) {
  return {width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height, grey)};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Half blocks in a line.
std::size_t blocks(const std::string& line) {
  std::size_t count = 0;
  for (std::size_t at = line.find(kBlock); at != std::string::npos; at = line.find(kBlock, at + 1)) ++count;
  return count;
}

TEST(TerminalPicture, TwoPixelsShareACharacterInTheirOwnColours) {
  const Image image{1, 2, {255, 128, 0, 1, 2, 3}};
  EXPECT_EQ(terminal_picture(image, 80, true),
            "\x1B[38;2;255;128;0m\x1B[48;2;1;2;3m" + std::string(kBlock) + "\x1B[0m\n");
}

TEST(TerminalPicture, AColourIsSaidOnceWhileItLasts) {
  EXPECT_EQ(terminal_picture(plain(3, 2, 9), 80, true),
            "\x1B[38;2;9;9;9m\x1B[48;2;9;9;9m" + std::string(kBlock) + kBlock + kBlock + "\x1B[0m\n");
}

TEST(TerminalPicture, ALastRowWithoutPartnerHasTheTerminalsBackground) {
  const auto lines = lines_of(terminal_picture(plain(2, 3, 5), 80, true));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], "\x1B[38;2;5;5;5m" + std::string(kBlock) + kBlock + "\x1B[0m");
}

TEST(TerminalPicture, FitsIntoTheColumnsInProportion) {
  for (const bool colour : {true, false}) {
    const auto wide = lines_of(terminal_picture(plain(400, 100), 40, colour));
    EXPECT_EQ(wide.size(), 5U);
    const auto square = lines_of(terminal_picture(plain(300, 300), 40, colour));
    EXPECT_EQ(square.size(), 20U);
    const auto small = lines_of(terminal_picture(plain(10, 6), 40, colour));
    EXPECT_EQ(small.size(), 3U);
    for (const auto* lines : {&wide, &square}) {
      for (const auto& line : *lines) EXPECT_EQ(colour ? blocks(line) : line.size(), 40U);
    }
    for (const auto& line : small) EXPECT_EQ(colour ? blocks(line) : line.size(), 10U);
  }
}

TEST(TerminalPicture, AStripIsBoundedInBothDirections) {
  for (const bool colour : {true, false}) {
    EXPECT_EQ(lines_of(terminal_picture(plain(100'000, 1), 40, colour)).size(), 1U);
    EXPECT_EQ(lines_of(terminal_picture(plain(1, 100'000), 40, colour)).size(), 40U);
  }
}

TEST(TerminalPicture, WithoutColourTheRampGoesFromDarkToLight) {
  Image image{10, 2, {}};
  for (int row = 0; row < 2; ++row) {
    for (unsigned x = 0; x < 10; ++x) image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(x * 255 / 9));
  }
  EXPECT_EQ(terminal_picture(image, 80, false), " .:-=+*#%@\n");
  const std::string text = terminal_picture(plain(7, 7, 200), 80, false);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST(TerminalPicture, PixelsThatShareACharacterAreAveraged) {
  const Image image{2, 2, {0, 0, 0, 100, 0, 0, 200, 0, 0, 100, 0, 0}};
  EXPECT_EQ(terminal_picture(image, 1, true), "\x1B[38;2;100;0;0m" + std::string(kBlock) + "\x1B[0m\n");
}

TEST(TerminalPicture, OfNothingThereIsNothing) {
  EXPECT_EQ(terminal_picture({}, 80, true), "");
  EXPECT_EQ(terminal_picture(plain(4, 4), 0, true), "");
  EXPECT_EQ(terminal_picture(plain(4, 4), -1, false), "");
}

}  // namespace
}  // namespace osler::cli
