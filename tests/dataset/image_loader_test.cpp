#include "osler/dataset/image_loader.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/core/hash.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class ImageLoaderTest : public test::FolderTest {
 protected:
  static ImageSource file_source(const fs::path& path) { return {path.filename().string(), path, {}}; }

  static ImageSource row_source(const fs::path& path, std::uint64_t row) {
    ImageSource source{"row", path, "image"};
    source.row = row;
    return source;
  }
};

TEST_F(ImageLoaderTest, ReadsAFile) {
  ImageLoader loader;
  const auto path = picture("a.png");
  EXPECT_EQ(loader.bytes(file_source(path)).value(), test::fixture_bytes("png_rgb_8.png"));
  EXPECT_TRUE(loader.load(file_source(path)));
}

TEST_F(ImageLoaderTest, ReadsRowsOfAParquetInAnyOrder) {
  const auto path = parquet(
      "a.parquet", "SELECT {'bytes': ('picture ' || i)::BLOB, 'path': NULL::VARCHAR} AS image FROM range(5000) t(i)");
  ImageLoader loader;
  for (const std::uint64_t row : {0U, 15U, 16U, 17U, 4999U, 2047U, 2048U, 3U, 4990U}) {
    EXPECT_EQ(test::message_of(loader.bytes(row_source(path, row))), "(no error)");
    EXPECT_EQ(loader.bytes(row_source(path, row)).value_or(""), "picture " + std::to_string(row));
  }
}

TEST_F(ImageLoaderTest, TwoParquetFilesAreKeptApart) {
  ImageLoader loader;
  const auto a = parquet("a.parquet", "SELECT {'bytes': 'of a'::BLOB} AS image");
  const auto b = parquet("b[1]/a.parquet", "SELECT {'bytes': 'of b'::BLOB} AS image");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(loader.bytes(row_source(a, 0)).value_or(""), "of a");
    EXPECT_EQ(loader.bytes(row_source(b, 0)).value_or(""), "of b");
  }
}

TEST_F(ImageLoaderTest, NoBytesNoRowAndNoColumnAreErrorsThatNameTheRow) {
  const auto path = parquet("a.parquet",
                            "SELECT {'bytes': NULL::BLOB, 'path': 'x.png'} AS image "
                            "UNION ALL SELECT NULL UNION ALL SELECT {'bytes': ''::BLOB, 'path': 'y'}");
  ImageLoader loader;
  for (const std::uint64_t row : {0U, 1U, 2U, 3U, 4'000'000'000U}) {
    EXPECT_THAT(
        test::message_of(loader.load(row_source(path, row))),
        StartsWith(path.string() + ", record " + std::to_string(row) + ": has no image bytes in its column 'image'"));
  }
  ImageSource source = row_source(path, 0);
  source.column = "picture";
  EXPECT_THAT(test::message_of(loader.load(source)),
              StartsWith(path.string() + ", record 0: the image cannot be read"));
}

TEST_F(ImageLoaderTest, AfterAFailureTheNextImageIsReadAsIfNothingHappened) {
  const auto good = parquet("a.parquet", "SELECT {'bytes': 'good'::BLOB} AS image");
  ImageLoader loader;
  EXPECT_FALSE(loader.bytes(row_source(write("b.parquet", "PAR1 no PAR1"), 0)));
  EXPECT_EQ(loader.bytes(row_source(good, 0)).value_or(""), "good");
  EXPECT_FALSE(loader.bytes(row_source(folder_ / "none.parquet", 0)));
  EXPECT_EQ(loader.bytes(row_source(good, 0)).value_or(""), "good");
}

TEST_F(ImageLoaderTest, AMissingFileIsNamedWithTheWayOut) {
  ImageLoader loader;
  const auto image = loader.load(file_source(folder_ / "none.png"));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::not_found);
  EXPECT_EQ(image.error().message(), (folder_ / "none.png").string() +
                                         ": the image is missing; fetch the benchmark's images, or mend the file name");
}

TEST_F(ImageLoaderTest, WhatDoesNotDecodeIsNamedWithItsPlace) {
  ImageLoader loader;
  const auto text = write("a.png", "not a picture");
  EXPECT_THAT(test::message_of(loader.load(file_source(text))), StartsWith(text.string() + ": "));
  const auto rows = parquet("a.parquet", "SELECT {'bytes': 'not a picture'::BLOB} AS image");
  EXPECT_THAT(test::message_of(loader.load(row_source(rows, 0))), StartsWith(rows.string() + ", record 0: "));
  EXPECT_FALSE(loader.load(file_source(folder_)));
}

TEST_F(ImageLoaderTest, TheLimitOnPixelsHolds) {
  ImageLoader loader({.max_pixels = 4});
  const auto image = loader.load(file_source(picture("a.png")));
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code, ErrorCode::limit);
}

TEST_F(ImageLoaderTest, AnImageWithoutAFileIsAnErrorThatSaysWhy) {
  ImageLoader loader;
  EXPECT_THAT(test::message_of(loader.load({"../secret.png", {}, {}})),
              HasSubstr("the image '../secret.png' lies outside of the benchmark's folder"));
  EXPECT_THAT(test::message_of(loader.load({{}, {}, {}})), HasSubstr("the item names no image"));
}

TEST_F(ImageLoaderTest, OneImageIsDecodedOnceWhileItIsKept) {
  ImageLoader loader;
  const auto source = file_source(picture("a.png"));
  EXPECT_EQ(loader.load(source).value(), loader.load(source).value());
}

TEST_F(ImageLoaderTest, EqualNamesInTwoFoldersAreTwoPictures) {
  ImageLoader loader;
  const auto one = loader.load(file_source(picture("one/a.png", "png_rgb_8.png")));
  const auto two = loader.load(file_source(picture("two/a.png", "png_grey_8.png")));
  ASSERT_TRUE(one && two);
  EXPECT_NE(pixel_hash(**one), pixel_hash(**two));
}

TEST_F(ImageLoaderTest, TheRowsOfOneParquetAreDifferentPictures) {
  const auto path = parquet("a.parquet", "SELECT " + test::sql_picture("png_rgb_8.png", "x") +
                                             " AS image UNION ALL SELECT " + test::sql_picture("png_grey_8.png", "x"));
  ImageLoader loader;
  const auto one = loader.load(row_source(path, 0));
  const auto two = loader.load(row_source(path, 1));
  ASSERT_TRUE(one && two) << test::message_of(one) << test::message_of(two);
  EXPECT_NE(pixel_hash(**one), pixel_hash(**two));
}

}  // namespace
}  // namespace osler
