#include "osler/engine/worker/sent_images.h"

#include <gtest/gtest.h>

#include "engine/worker/support.h"

namespace osler::test {
namespace {

using Numbers = std::vector<std::uint64_t>;
using messages::ForgetImage;
using messages::ImageSent;
using News = std::vector<messages::Message>;

TEST(SentImages, APictureIsSentOnceHoweverManyQuestionsShowIt) {
  SentImages sent(1000);
  News news;
  const auto image = noise(4, 4, 1);
  EXPECT_EQ(sent.use({image}, news), Numbers{0});
  EXPECT_EQ(news.size(), 1U);
  EXPECT_EQ(std::get<ImageSent>(news.front()).image, image);
  EXPECT_EQ(sent.use({image, image}, news), (Numbers{0, 0}));
  EXPECT_EQ(news.size(), 1U);
  EXPECT_EQ(sent.bytes(), 48U);
}

TEST(SentImages, APictureThatWasDecodedAgainIsTheSame) {
  SentImages sent(1000);
  News news;
  EXPECT_EQ(sent.use({noise(4, 4, 1)}, news), Numbers{0});
  EXPECT_EQ(sent.use({noise(4, 4, 1)}, news), Numbers{0});
  EXPECT_EQ(news.size(), 1U);
}

TEST(SentImages, PicturesThatDifferInAPixelOrInShapeAreDifferent) {
  SentImages sent(1'000'000);
  News news;
  auto large = std::make_shared<Image>(*noise(100, 100, 1));
  EXPECT_EQ(sent.use({std::make_shared<const Image>(*large)}, news), Numbers{0});
  large->rgb.front() ^= 1U;
  EXPECT_EQ(sent.use({large}, news), Numbers{1});
  auto turned = std::make_shared<Image>(*large);
  turned->width = 50;
  turned->height = 200;
  EXPECT_EQ(sent.use({turned}, news), Numbers{2});
}

TEST(SentImages, TheLeastRecentlyUsedIsForgottenAndSentAgainWhenItComesBack) {
  SentImages sent(100);  // two pictures
  News news;
  const auto a = noise(4, 4, 1);
  const auto b = noise(4, 4, 2);
  for (const auto& image : {a, b, a}) sent.release(sent.use({image}, news));
  news.clear();
  sent.release(sent.use({noise(4, 4, 3)}, news));
  ASSERT_EQ(news.size(), 2U);
  EXPECT_EQ(std::get<ForgetImage>(news.back()).number, 1U);
  news.clear();
  EXPECT_EQ(sent.use({a}, news), Numbers{0});
  EXPECT_TRUE(news.empty());
  EXPECT_EQ(sent.use({b}, news), Numbers{3});
}

TEST(SentImages, WhatIsNeededIsKeptHoweverMuchItIs) {
  SentImages sent(10);
  News news;
  const auto a = sent.use({noise(4, 4, 1)}, news);
  const auto b = sent.use({noise(4, 4, 2)}, news);
  EXPECT_EQ(news.size(), 2U);
  EXPECT_EQ(sent.bytes(), 96U);
  sent.release(a);
  news.clear();
  static_cast<void>(sent.use({noise(4, 4, 2)}, news));
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(std::get<ForgetImage>(news.front()).number, a.front());
}

}  // namespace
}  // namespace osler::test
