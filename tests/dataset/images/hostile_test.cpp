#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/images/fixtures.h"
#include "osler/dataset/images/decode.h"

namespace osler {
namespace {

using test::Fixture;

/// Small, so that a flipped size does not make the tests slow; the fixtures have fewer pixels.
constexpr DecodeLimits kSmall{.max_pixels = 1 << 16};

class CutFile : public testing::TestWithParam<Fixture> {};

TEST_P(CutFile, FailsOrGivesTheWholePicture) {
  const Fixture& whole = GetParam();
  for (std::size_t size = 0; size < whole.bytes.size(); ++size) {
    // A copy of its own, so that the address sanitizer sees a read beyond the end.
    const std::vector<std::byte> cut(whole.bytes.begin(), whole.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto got = decode_image(cut, kSmall);
    if (!got) {
      EXPECT_FALSE(got.error().what.empty());
      continue;
    }
    ASSERT_EQ(got->width, whole.expected.width) << "cut to " << size << " bytes";
    ASSERT_EQ(got->rgb, whole.expected.rgb) << "cut to " << size << " bytes of " << whole.bytes.size();
  }
}

TEST_P(CutFile, FailsWhenHalfOfItIsMissing) {
  const Fixture& whole = GetParam();
  // The second half of these is another picture, which is never read.
  if (whole.name == "gif_animated.gif" || whole.name == "tiff_two_pages.tif") return;
  EXPECT_FALSE(decode_image(std::span(whole.bytes).first(whole.bytes.size() / 2), kSmall));
}

INSTANTIATE_TEST_SUITE_P(Files, CutFile, testing::ValuesIn(test::fixtures()), [](const auto& param) {
  std::string name = param.param.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

/// A picture is complete, or there is none.
void expect_sound(const Result<Image>& got, std::string_view name) {
  if (!got) {
    EXPECT_FALSE(got.error().what.empty()) << name;
    return;
  }
  EXPECT_EQ(got->rgb.size(), std::size_t{3} * got->width * got->height) << name;
}

class DamagedFile : public testing::TestWithParam<const char*> {
 protected:
  static std::vector<const Fixture*> of_format(const std::string& prefix) {
    std::vector<const Fixture*> found;
    for (const Fixture& fixture : test::fixtures()) {
      if (fixture.name.starts_with(prefix)) found.push_back(&fixture);
    }
    return found;
  }
};

TEST_P(DamagedFile, NeverCrashesOnFlippedBytes) {
  constexpr int kRounds = 4000;
  const auto files = of_format(GetParam());
  ASSERT_FALSE(files.empty());
  std::mt19937 random(20250711);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  for (int round = 0; round < kRounds; ++round) {
    const Fixture& file = *files[below(files.size())];
    std::vector<std::byte> bytes = file.bytes;
    // Half of the flips hit the first 64 bytes, where the headers are.
    for (std::size_t flips = 1 + below(6); flips > 0; --flips) {
      const std::size_t reach = below(2) == 0 ? std::min<std::size_t>(64, bytes.size()) : bytes.size();
      bytes[below(reach)] = static_cast<std::byte>(random());
    }
    expect_sound(decode_image(bytes, kSmall), file.name);
  }
}

TEST_P(DamagedFile, NeverCrashesOnRemovedOrRepeatedPieces) {
  constexpr int kRounds = 1500;
  const auto files = of_format(GetParam());
  std::mt19937 random(11072025);
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  for (int round = 0; round < kRounds; ++round) {
    const Fixture& file = *files[below(files.size())];
    std::vector<std::byte> bytes = file.bytes;
    const auto from = static_cast<std::ptrdiff_t>(below(bytes.size()));
    const auto length = static_cast<std::ptrdiff_t>(1 + below(bytes.size() - static_cast<std::size_t>(from)));
    if (below(2) == 0) {
      bytes.erase(bytes.begin() + from, bytes.begin() + from + length);
    } else {
      const std::vector<std::byte> piece(bytes.begin() + from, bytes.begin() + from + length);
      bytes.insert(bytes.begin() + from, piece.begin(), piece.end());
    }
    expect_sound(decode_image(bytes, kSmall), file.name);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DamagedFile, testing::Values("jpeg", "png", "webp", "tiff", "bmp", "gif"),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace osler
