#include "osler/engine/llama/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "engine/llama/image_reference.h"
#include "osler/core/hash.h"

namespace osler::test {
namespace {

std::string hash_of(const Image& image) {
  return sha256_hex({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
}

TEST(ResizeBicubic, PixelsAreThoseOfPillow) {
  const auto reference = image_reference();
  for (const auto& one : reference.at("resized")) {
    const auto image = noise(one["from"][0], one["from"][1], one["seed"]);
    const auto resized = resize_bicubic(image, one["to"][0], one["to"][1]);
    EXPECT_EQ(hash_of(resized), one["sha256"].get<std::string>()) << one;
  }
}

TEST(ResizeBicubic, AFlatPictureStaysFlatInEverySize) {
  for (const int grey : {0, 1, 127, 254, 255}) {
    const Image flat{7, 5, std::vector<std::uint8_t>(105, static_cast<std::uint8_t>(grey))};
    for (const auto& [width, height] : {std::pair{1U, 1U}, {3U, 11U}, {28U, 2U}, {640U, 480U}}) {
      const auto resized = resize_bicubic(flat, width, height);
      EXPECT_EQ(resized.rgb, std::vector<std::uint8_t>(std::size_t{3} * width * height, flat.rgb[0]));
    }
  }
}

TEST(ResizeBicubic, ColoursDoNotMix) {
  Image image = noise(31, 17, 1);
  for (std::size_t i = 1; i < image.rgb.size(); i += 3) image.rgb[i] = 0;
  const auto resized = resize_bicubic(image, 56, 28);
  for (std::size_t i = 1; i < resized.rgb.size(); i += 3) ASSERT_EQ(resized.rgb[i], 0);
  EXPECT_NE(*std::max_element(resized.rgb.begin(), resized.rgb.end()), 0);
}

TEST(ResizeBicubic, APictureAsLongAsScansGetBecomesSmall) {
  // 1,000 of the 20,000 rows, to keep the test quick; a row in memory is what counts.
  const Image image{20'000, 1'000, std::vector<std::uint8_t>(std::size_t{60'000'000}, 200)};
  const auto resized = resize_bicubic(image, 1'792, 84);
  EXPECT_EQ(resized.width, 1'792U);
  EXPECT_EQ(resized.height, 84U);
  EXPECT_TRUE(std::all_of(resized.rgb.begin(), resized.rgb.end(), [](std::uint8_t value) { return value == 200; }));
}

}  // namespace
}  // namespace osler::test
