#include "osler/phantom/scene.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace osler::phantom {
namespace {

constexpr std::uint64_t kScenes = 4000;

template <class Visit>
void for_each_scene(const Visit& visit) {
  for (std::uint64_t i = 0; i < kScenes; ++i) {
    Random random(11, i);
    visit(sample_scene(design_of(11, i), random));
  }
}

/// Five standard errors of a fair share.
void expect_share(double count, double of, double share, const char* what) {
  EXPECT_NEAR(count / of, share, 5 * std::sqrt(share * (1 - share) / of)) << what;
}

TEST(PhantomDesign, TwentyPicturesInARowHaveEveryFamilyWithEveryNumberOfLesions) {
  for (const std::uint64_t seed : {0U, 1U, 77U}) {
    for (std::uint64_t block = 0; block < 5; ++block) {
      std::map<std::pair<Family, std::size_t>, int> seen;
      for (std::uint64_t i = 0; i < 20; ++i) {
        const Design design = design_of(seed, block * 20 + i);
        ++seen[{design.family, design.lesions}];
      }
      EXPECT_EQ(seen.size(), 20U);
    }
  }
}

TEST(PhantomScene, LesionsLieInTheirQuadrantApartFromEachOtherAndInThePicture) {
  for_each_scene([](const Scene& scene) {
    for (std::size_t i = 0; i < scene.lesions.size(); ++i) {
      const Lesion& lesion = scene.lesions[i];
      const bool on_picture_left = lesion.x + lesion.radius() < 96;
      const bool on_picture_right = lesion.x - lesion.radius() > 96;
      ASSERT_TRUE(on_picture_left || on_picture_right);
      // Radiologists look at the patient from the front or from the feet.
      EXPECT_EQ(lesion.right, scene.mirrored() ? on_picture_left : on_picture_right);
      EXPECT_GE(lesion.y - lesion.radius(), 0);
      EXPECT_LE(lesion.y + lesion.radius(), 192);
      for (std::size_t j = 0; j < i; ++j) {
        const Lesion& other = scene.lesions[j];
        EXPECT_GT(std::hypot(lesion.x - other.x, lesion.y - other.y), lesion.radius() + other.radius());
        if (lesion.upper && !other.upper) {
          EXPECT_LT(lesion.y, other.y);
        }
      }
    }
  });
}

TEST(PhantomScene, TheFirstLesionIsClearlyTheLargest) {
  for_each_scene([](const Scene& scene) {
    for (std::size_t i = 1; i < scene.lesions.size(); ++i) {
      EXPECT_GE(scene.lesions[0].radius(), 1.34 * scene.lesions[i].radius());
    }
  });
}

TEST(PhantomScene, CoinsAreFair) {
  std::map<std::string, double> heads;
  double with_lesions = 0;
  for_each_scene([&](const Scene& scene) {
    heads["background"] += scene.background ? 1 : 0;
    if (scene.lesions.empty()) return;
    with_lesions += 1;
    const Lesion& largest = scene.lesions.front();
    heads["sign"] += scene.sign ? 1 : 0;
    heads["right"] += largest.right ? 1 : 0;
    heads["upper"] += largest.upper ? 1 : 0;
    heads["brighter"] += largest.brighter ? 1 : 0;
    heads["brighter on the right"] += largest.brighter == largest.right ? 1 : 0;
    heads["sign on the right"] += scene.sign == largest.right ? 1 : 0;
    heads["sign when brighter"] += scene.sign == largest.brighter ? 1 : 0;
  });
  for (const auto& [name, count] : heads) {
    expect_share(count, name == "background" ? double{kScenes} : with_lesions, 0.5, name.c_str());
  }
}

TEST(PhantomScene, DifferencesBetweenTheHalvesComeEquallyOften) {
  std::map<int, double> seen;
  double total = 0;
  for_each_scene([&](const Scene& scene) {
    if (scene.lesions.empty()) return;
    const int right = static_cast<int>(scene.count_right());
    const int difference = 2 * right - static_cast<int>(scene.lesions.size());
    seen[std::clamp(difference, -2, 2)] += 1;
    total += 1;
  });
  ASSERT_EQ(seen.size(), 5U);
  for (const auto& [difference, count] : seen) expect_share(count, total, 0.2, std::to_string(difference).c_str());
}

TEST(PhantomScene, TheMidlineMovesAwayFromTheLargestLesionWhenTheSignIsThere) {
  for_each_scene([](const Scene& scene) {
    if (!scene.has_midline() || scene.lesions.empty()) {
      EXPECT_EQ(scene.midline_shift(), 0);
      return;
    }
    const double towards_lesion = scene.lesions.front().x - 96;
    EXPECT_EQ(scene.midline_shift() * towards_lesion < 0, scene.sign);
  });
}

}  // namespace
}  // namespace osler::phantom
