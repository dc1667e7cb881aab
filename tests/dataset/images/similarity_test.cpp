#include "osler/dataset/images/similarity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <tuple>

#include "osler/dataset/images/average.h"

namespace osler {
namespace {

Image painted(std::uint32_t width, std::uint32_t height, const std::function<double(double, double)>& grey) {
  Image image{width, height, {}};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      const double value = grey((x + 0.5) / width, (y + 0.5) / height);
      image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)));
    }
  }
  return image;
}

/// A dark field with a few bright blobs, other ones for every seed.
Image blobs(unsigned seed, std::uint32_t width, std::uint32_t height) {
  std::mt19937 random(seed);
  std::vector<std::array<double, 4>> all;
  const auto share = [&random] { return static_cast<double>(random() % 1000) / 1000; };
  for (int i = 0; i < 12; ++i) all.push_back({share(), share(), 0.03 + share() / 8, 40 + 150 * share()});
  return painted(width, height, [all](double x, double y) {
    double grey = 20;
    for (const auto& [cx, cy, radius, light] : all) {
      grey += light * std::exp(-((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (radius * radius));
    }
    return grey;
  });
}

TEST(AreaAverage, CellsAreTheMeansOfTheirPixels) {
  const Image image{4, 2, {10, 0, 0, 20, 0, 0, 30, 0, 0, 41, 0, 0, 10, 0, 0, 20, 0, 0, 30, 0, 255, 40, 0, 255}};
  EXPECT_EQ(area_average(image, 2, 1), (std::vector<std::uint32_t>{15 * 256, 0, 0, 9024, 0, 32640}));
}

TEST(AreaAverage, APixelIsSharedOutBetweenTheCellsThatCoverIt) {
  const Image image{3, 1, {30, 0, 0, 60, 0, 0, 90, 0, 0}};
  EXPECT_EQ(area_average(image, 2, 1), (std::vector<std::uint32_t>{40 * 256, 0, 0, 80 * 256, 0, 0}));
  // And the other way: cells smaller than pixels.
  EXPECT_EQ(area_average({1, 1, {7, 8, 9}}, 2, 2),
            (std::vector<std::uint32_t>{1792, 2048, 2304, 1792, 2048, 2304, 1792, 2048, 2304, 1792, 2048, 2304}));
}

TEST(AreaAverage, KeepsTheMeanOfAPicture) {
  const Image image = blobs(5, 97, 61);
  const double mean = std::accumulate(image.rgb.begin(), image.rgb.end(), 0.0) / static_cast<double>(image.rgb.size());
  for (const auto& [width, height] : {std::pair{32U, 32U}, {1U, 1U}, {7U, 90U}, {200U, 5U}}) {
    const auto cells = area_average(image, width, height);
    ASSERT_EQ(cells.size(), std::size_t{3} * width * height);
    EXPECT_NEAR(std::accumulate(cells.begin(), cells.end(), 0.0) / static_cast<double>(cells.size()) / 256, mean, 0.01);
  }
}

TEST(PerceptualHash, HasTheBitsThatAFloatingPointTransformGives) {
  // Made with numpy: the mean over areas and the cosine transform as products of matrices of doubles.
  Image image{64, 48, {}};
  for (unsigned y = 0; y < 48; ++y) {
    for (unsigned x = 0; x < 64; ++x)
      image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>((x * y / 8 + 3 * x) % 200));
  }
  EXPECT_EQ(perceptual_hash(image), 0xAA2A4ADADA16E4DCU);
}

TEST(PerceptualHash, ChangesLittleWithTheSizeOfAPicture) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto hash = perceptual_hash(blobs(seed, 200, 150));
    ASSERT_TRUE(hash);
    for (const auto& [width, height] : {std::pair{100U, 75U}, {96U, 96U}, {61U, 47U}, {300U, 400U}}) {
      const auto other = perceptual_hash(blobs(seed, width, height));
      ASSERT_TRUE(other);
      EXPECT_LE(hash_distance(*hash, *other), kNearDuplicateDistance) << seed << ": " << width;
    }
  }
}

TEST(PerceptualHash, ChangesLittleWithNoiseAndBrightness) {
  std::mt19937 random(2);
  for (unsigned seed = 0; seed < 40; ++seed) {
    Image image = blobs(seed, 300, 200);
    const auto hash = perceptual_hash(image);
    for (auto& sample : image.rgb) {
      sample = static_cast<std::uint8_t>(std::min(255, sample * 9 / 10 + static_cast<int>(random() % 16)));
    }
    EXPECT_LE(hash_distance(hash.value(), perceptual_hash(image).value()), kNearDuplicateDistance) << seed;
  }
}

TEST(PerceptualHash, TellsPicturesApart) {
  std::vector<std::uint64_t> hashes;
  for (unsigned seed = 0; seed < 100; ++seed) hashes.push_back(perceptual_hash(blobs(seed, 160, 120)).value());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_GT(hash_distance(hashes[i], hashes[j]), 2 * kNearDuplicateDistance);
  }
}

TEST(PerceptualHash, APictureWithoutContrastHasNone) {
  std::mt19937 random(4);
  const auto none = [](const Image& image) { return !perceptual_hash(image).has_value(); };
  EXPECT_TRUE(none({}));
  EXPECT_TRUE(none(painted(100, 100, [](double, double) { return 0; })));
  EXPECT_TRUE(none(painted(1, 1, [](double, double) { return 200; })));
  EXPECT_TRUE(none(painted(100, 100, [&random](double, double) { return 2 + static_cast<double>(random() % 3); })));
  EXPECT_TRUE(none(painted(100, 100, [](double x, double) { return 200 * x; }))) << "a slope along one axis";
  EXPECT_FALSE(none(blobs(1, 100, 100)));
}

using Pairs = std::vector<std::tuple<unsigned, std::size_t, std::size_t>>;

Pairs tuples(const std::vector<NearPair>& pairs) {
  Pairs all;
  for (const auto& pair : pairs) all.emplace_back(pair.distance, pair.first, pair.second);
  return all;
}

TEST(NearDuplicates, AreThoseThatComparingAllPairsFinds) {
  std::mt19937_64 random(6);
  for (const unsigned distance : {0U, 1U, 4U, 11U, 63U}) {
    std::vector<std::optional<std::uint64_t>> hashes;
    const std::uint64_t base = random();
    for (int i = 0; i < 300; ++i) {
      std::uint64_t hash = i % 2 == 0 ? base : random();
      for (std::uint64_t flips = random() % 9; flips > 0; --flips) hash ^= std::uint64_t{1} << (random() % 64);
      hashes.emplace_back(hash);
      if (i % 10 == 0) hashes.emplace_back(std::nullopt);
    }
    Pairs expected;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      for (std::size_t j = i + 1; j < hashes.size(); ++j) {
        if (!hashes[i] || !hashes[j] || hash_distance(*hashes[i], *hashes[j]) > distance) continue;
        expected.emplace_back(hash_distance(*hashes[i], *hashes[j]), i, j);
      }
    }
    std::sort(expected.begin(), expected.end());
    const auto all = near_duplicates(hashes, distance, 1'000'000);
    EXPECT_EQ(tuples(all.closest), expected);
    EXPECT_EQ(all.pairs, expected.size());
    // A list that is too short holds the closest.
    const std::size_t some = expected.size() / 3;
    const auto first = near_duplicates(hashes, distance, some);
    EXPECT_EQ(first.pairs, expected.size());
    expected.resize(some);
    EXPECT_EQ(tuples(first.closest), expected);
  }
}

TEST(NearDuplicates, OfManyEqualHashesAllPairsAreCountedAndFewListed) {
  const std::vector<std::optional<std::uint64_t>> hashes(100'000, 42);
  const auto found = near_duplicates(hashes, kNearDuplicateDistance, 3);
  EXPECT_EQ(found.pairs, 4'999'950'000U);
  EXPECT_EQ(tuples(found.closest), (Pairs{{0, 0, 1}, {0, 0, 2}, {0, 0, 3}}));
  EXPECT_TRUE(near_duplicates(hashes, kNearDuplicateDistance, 0).closest.empty());
  EXPECT_EQ(near_duplicates({}, kNearDuplicateDistance, 3).pairs, 0U);
}

}  // namespace
}  // namespace osler
