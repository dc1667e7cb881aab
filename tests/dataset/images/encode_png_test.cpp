#include "osler/dataset/images/encode_png.h"

#include <gtest/gtest.h>

#include <random>

#include "osler/dataset/images/decode.h"

namespace osler {
namespace {

TEST(EncodePng, DecodingGivesTheSamePixels) {
  std::mt19937 random(3);
  for (const auto& [width, height] : {std::pair{1U, 1U}, {1U, 300U}, {300U, 1U}, {37U, 61U}}) {
    Image image{width, height, {}};
    for (std::size_t i = 0; i < std::size_t{3} * width * height; ++i) {
      image.rgb.push_back(static_cast<std::uint8_t>(random()));
    }
    const auto png = encode_png(image);
    ASSERT_TRUE(png) << png.error().message();
    const auto back = decode_image(std::as_bytes(std::span(*png)));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->width, width);
    EXPECT_EQ(back->height, height);
    EXPECT_EQ(back->rgb, image.rgb);
  }
}

TEST(EncodePng, APictureWithoutPixelsIsRefused) { EXPECT_FALSE(encode_png(Image{})); }

}  // namespace
}  // namespace osler
