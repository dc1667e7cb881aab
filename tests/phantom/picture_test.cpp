// The pictures show what the truth says, measured on their pixels.

#include <gtest/gtest.h>

#include "osler/core/hash.h"
#include "osler/phantom/benchmark.h"

namespace osler::phantom {
namespace {

double brightness_at(const Picture& picture, std::size_t x, std::size_t y) {
  double sum = 0;
  for (std::size_t c = 0; c < picture.channels; ++c) {
    sum += picture.samples[(y * kPictureSize + x) * picture.channels + c];
  }
  return sum / static_cast<double>(picture.channels);
}

/// Mean over the pixels whose distance, in radii of the lesion, lies between two bounds.
double mean_between(const Picture& picture, const Lesion& lesion, double low, double high) {
  double sum = 0;
  double count = 0;
  for (std::size_t y = 0; y < kPictureSize; ++y) {
    for (std::size_t x = 0; x < kPictureSize; ++x) {
      const double distance = lesion.distance(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
      if (distance < low || distance >= high) continue;
      sum += brightness_at(picture, x, y);
      count += 1;
    }
  }
  return sum / count;
}

TEST(PhantomPicture, LesionsAreBrighterOrDarkerThanWhatSurroundsThem) {
  Generator generator(3);
  std::size_t lesions = 0;
  for (int i = 0; i < 100; ++i) {
    const Case made = generator.next();
    const Picture picture = made.picture();
    for (const Lesion& lesion : made.scene.lesions) {
      ++lesions;
      const double inside = mean_between(picture, lesion, 0, 0.8);
      const double around = mean_between(picture, lesion, 1.3, 1.8);
      EXPECT_GT(lesion.brighter ? inside - around : around - inside, 20)
          << name_of(made.scene.family) << " picture " << i << " at " << lesion.x << ", " << lesion.y;
    }
  }
  EXPECT_EQ(lesions, 200U);
}

TEST(PhantomPicture, OnlyHistologyHasColour) {
  Generator generator(4);
  for (int i = 0; i < 20; ++i) {
    const Case made = generator.next();
    const Picture picture = made.picture();
    EXPECT_EQ(picture.channels, made.scene.family == Family::histology ? 3U : 1U);
    EXPECT_EQ(picture.samples.size(), picture.channels * kPictureSize * kPictureSize);
  }
}

TEST(PhantomPicture, AMaskOfTheLargestLesionSeparatesShadowFromBrightBand) {
  Generator generator(5);
  std::size_t seen = 0;
  for (int i = 0; i < 200; ++i) {
    const Case made = generator.next();
    const Picture picture = made.picture();
    if (made.scene.family != Family::ultrasound || made.scene.lesions.empty()) continue;
    const Lesion& lesion = made.scene.lesions.front();
    // 1.7 radii further along the beam that comes from (96, -14).
    const double further = 1 + 1.7 * lesion.radius() / (lesion.y + 14);
    const double x = 96 + (lesion.x - 96) * further;
    const double y = -14 + (lesion.y + 14) * further;
    if (x < 4 || x > 188 || y > 175) continue;
    ++seen;
    Lesion spot;
    spot.x = x;
    spot.y = y;
    spot.rx = spot.ry = 4;
    const double behind = mean_between(picture, spot, 0, 1);
    EXPECT_EQ(behind < 70, made.scene.sign) << "picture " << i << ": " << behind;
  }
  EXPECT_GT(seen, 20U);
}

TEST(PhantomPicture, AreTheSameOnEveryMachine) {
  Generator generator(7);
  Sha256 pixels;
  for (int i = 0; i < 20; ++i) {
    const Case made = generator.next();
    const Picture picture = made.picture();
    pixels.update_field(std::string(picture.samples.begin(), picture.samples.end()));
  }
  EXPECT_EQ(pixels.hex(), "a7025653ce7d242a9ae88a457838aaac05e99f77d8d347ddb3d43af6ff676c7a");
}

}  // namespace
}  // namespace osler::phantom
