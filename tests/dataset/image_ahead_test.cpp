#include "osler/dataset/image_ahead.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "dataset/support.h"
#include "osler/core/hash.h"
#include "osler/dataset/image_loader.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ImageAheadTest : public test::FolderTest {
 protected:
  void add(std::vector<ImageSource> images) {
    Item& item = items_.emplace_back();
    item.id = std::to_string(items_.size());
    item.images = std::move(images);
  }

  [[nodiscard]] std::vector<const Item*> asked() const {
    std::vector<const Item*> pointers;
    for (const auto& item : items_) pointers.push_back(&item);
    return pointers;
  }

  /// Forty rows with pictures of two kinds, text and nothing, in turn.
  [[nodiscard]] fs::path mixed_rows() const {
    return parquet("rows.parquet",
                   fmt::format("SELECT CASE i % 4 WHEN 0 THEN {} WHEN 1 THEN {} WHEN 2 THEN {{'bytes': 'text'::BLOB, "
                               "'path': 'x'}} ELSE NULL END AS image FROM range(40) t(i) ORDER BY i",
                               test::sql_picture("png_rgb_8.png", "x"), test::sql_picture("png_grey_8.png", "x")));
  }

  /// Items of all kinds, in an order that a seed chooses: alone and in runs, with none to three images.
  void add_varied(unsigned seed, std::size_t count) {
    const std::vector<fs::path> files = {picture("a.png"), picture("b.png", "png_grey_8.png"),
                                         picture("c.jpg", "jpeg_baseline.jpg"), write("d.png", "not a picture"),
                                         folder_ / "missing.png"};
    const auto rows = mixed_rows();
    std::mt19937 random(seed);
    const auto any = [&] {
      return random() % 2 == 0 ? file_source(files[random() % files.size()]) : row_source(rows, random() % 42);
    };
    while (items_.size() < count) {
      std::vector<ImageSource> images;
      for (auto i = random() % 4; i > 0; --i) images.push_back(any());
      for (auto run = 1 + random() % 3; run > 0; --run) add(images);
      const auto first = random() % 40;
      for (std::uint64_t row = first; row < first + random() % 20; ++row) add({row_source(rows, row)});
    }
  }

  std::vector<Item> items_;
};

/// What is seen of an item: its pixels, or why there are none.
std::string seen(const Result<ItemImages>& images) {
  if (!images) return images.error().message();
  std::string pixels;
  EXPECT_EQ(images->images.size(), images->pixel_hashes.size());
  for (std::size_t i = 0; i < images->images.size(); ++i) {
    EXPECT_EQ(images->pixel_hashes[i], pixel_hash(*images->images[i]));
    pixels += images->pixel_hashes[i] + " ";
  }
  return pixels;
}

/// The same item by item, without threads.
std::vector<std::string> seen_in_line(const std::vector<Item>& items, DecodeLimits limits = {}) {
  std::vector<std::string> all;
  ImageLoader loader(limits);
  for (const auto& item : items) {
    Result<ItemImages> images;
    for (const auto& source : item.images) {
      auto image = loader.load(source);
      if (!image) {
        images = pass(image);
        break;
      }
      images->pixel_hashes.push_back(pixel_hash(**image));
      images->images.push_back(std::move(*image));
    }
    all.push_back(seen(images));
  }
  return all;
}

TEST_F(ImageAheadTest, GivesTheSameInTheSameOrderForAnyThreadsAndLimits) {
  for (const unsigned seed : {1U, 2U}) {
    items_.clear();
    add_varied(seed, 80);
    const auto expected = seen_in_line(items_);
    for (const unsigned threads : {1U, 2U, 8U}) {
      for (const std::size_t window : {1U, 3U, 64U}) {
        for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{5000}, std::uint64_t{1} << 30}) {
          ImageAhead ahead(asked(), {}, {threads, window, bytes});
          std::vector<std::string> found;
          for (std::size_t i = 0; i < items_.size(); ++i) found.push_back(seen(ahead.next()));
          ASSERT_EQ(found, expected) << "seed " << seed << ", threads " << threads << ", window " << window
                                     << ", bytes " << bytes;
        }
      }
    }
  }
}

TEST_F(ImageAheadTest, AnItemAboveTheBudgetOfBytesPasses) {
  const auto path = picture("a.png");
  for (int i = 0; i < 5; ++i) add({file_source(path), file_source(path)});
  ImageAhead ahead(asked(), {}, {4, 16, 1});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ahead.next().value().images.size(), 2U);
}

TEST_F(ImageAheadTest, NothingBeyondTheWindowIsRead) {
  constexpr std::size_t kWindow = 3;
  for (std::size_t i = 0; i < 50; ++i) add({file_source(folder_ / fmt::format("{}.png", i))});
  for (std::size_t i = 0; i < kWindow; ++i) picture(fmt::format("{}.png", i));
  ImageAhead ahead(asked(), {}, {8, kWindow, 1 << 30});
  for (std::size_t i = 0; i < items_.size(); ++i) {
    // Whoever read it before now found it missing.
    picture(fmt::format("{}.png", i + kWindow));
    EXPECT_EQ(test::message_of(ahead.next()), "(no error)") << i;
  }
}

TEST_F(ImageAheadTest, NothingIsBegunWhileTheBudgetOfBytesIsSpent) {
  for (std::size_t i = 0; i < 50; ++i) add({file_source(folder_ / fmt::format("{}.png", i))});
  picture("0.png");
  ImageAhead ahead(asked(), {}, {1, 64, 1});
  for (std::size_t i = 0; i < items_.size(); ++i) {
    picture(fmt::format("{}.png", i + 1));
    EXPECT_EQ(test::message_of(ahead.next()), "(no error)") << i;
  }
}

TEST_F(ImageAheadTest, QuestionsOnOnePictureShareItWhateverTheNumberOfThreads) {
  const auto a = picture("a.png");
  const auto b = picture("b.png");
  for (const auto& path : {a, b}) {
    for (int question = 0; question < 10; ++question) add({file_source(path)});
  }
  ImageAhead ahead(asked(), {}, {8, 16, 1 << 30});
  std::vector<std::shared_ptr<const Image>> pictures;
  for (std::size_t i = 0; i < items_.size(); ++i) pictures.push_back(ahead.next().value().images.at(0));
  for (std::size_t i = 0; i < items_.size(); ++i) EXPECT_EQ(pictures[i], pictures[i / 10 * 10]) << i;
  EXPECT_NE(pictures[0], pictures[10]) << "equal pixels in two files";
}

TEST_F(ImageAheadTest, AFailureIsOfItsItemAloneAndNamesTheFirstThatFails) {
  const auto good = picture("good.png");
  add({file_source(good), file_source(folder_ / "gone.png"), file_source(write("text.png", "text"))});
  add({file_source(good)});
  add({});
  ImageAhead ahead(asked(), {}, {2, 16, 1 << 30});
  const auto first = ahead.next();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::not_found);
  EXPECT_THAT(first.error().message(), HasSubstr("gone.png"));
  EXPECT_EQ(ahead.next().value().images.size(), 1U);
  EXPECT_TRUE(ahead.next().value().images.empty());
}

TEST_F(ImageAheadTest, TheLimitOnPixelsHolds) {
  add({file_source(picture("a.png"))});
  ImageAhead ahead(asked(), {.max_pixels = 4});
  EXPECT_EQ(ahead.next().error().code, ErrorCode::limit);
}

TEST_F(ImageAheadTest, CanBeLeftAtAnyMoment) {
  add_varied(4, 60);
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (std::size_t taken = 0; taken <= items_.size(); taken += 7) {
      ImageAhead ahead(asked(), {}, {threads, 5, 4000});
      for (std::size_t i = 0; i < taken; ++i) static_cast<void>(ahead.next());
    }
  }
}

TEST_F(ImageAheadTest, WithoutItemsThereIsNothingToDo) { const ImageAhead ahead({}, {}); }

TEST(DecodeThreads, AreFewAndAtLeastOne) {
  EXPECT_GE(default_decode_threads(), 1U);
  EXPECT_LE(default_decode_threads(), 4U);
}

}  // namespace
}  // namespace osler
