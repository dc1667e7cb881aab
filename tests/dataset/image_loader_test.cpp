#include "osler/dataset/image_loader.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/core/hash.h"
#include "osler/dataset/images/encode_png.h"
#include "storage/zip_maker.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class ImageLoaderTest : public test::FolderTest {};

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

TEST_F(ImageLoaderTest, APictureThatIsEmbeddedInSeveralRowsIsDecodedOnceWhileItIsKept) {
  const std::string one = test::sql_picture("png_rgb_8.png", "x");
  const auto path = parquet("a.parquet", "SELECT " + one + " AS image UNION ALL SELECT " +
                                             test::sql_picture("png_grey_8.png", "x") + " UNION ALL SELECT " + one);
  ImageLoader loader;
  const auto first = loader.load(row_source(path, 0));
  const auto other = loader.load(row_source(path, 1));
  const auto again = loader.load(row_source(path, 2));
  ASSERT_TRUE(first && other && again) << test::message_of(first);
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *other);
}

TEST_F(ImageLoaderTest, OfLargePicturesOnlyTheLastIsKept) {
  Image image{2600, 2600, {}};
  image.rgb.resize(std::size_t{3} * image.width * image.height);
  const auto png = encode_png(image);
  ASSERT_TRUE(png) << test::message_of(png);
  ImageLoader loader;
  std::vector<std::weak_ptr<const Image>> loaded;
  for (const char* name : {"a.png", "b.png"}) {
    const auto picture = loader.load(file_source(write(name, *png)));
    ASSERT_TRUE(picture) << test::message_of(picture);
    loaded.emplace_back(*picture);
  }
  EXPECT_TRUE(loaded[0].expired());
  EXPECT_FALSE(loaded[1].expired());
}

TEST_F(ImageLoaderTest, ReadsTheElementsOfAListInAnyOrder) {
  const auto path = parquet(
      "a.parquet",
      "SELECT list_transform(range(i % 4), lambda x: {'bytes': ('picture ' || i || '.' || x)::BLOB, 'path': 'p'}) "
      "AS image FROM range(3000) t(i)");
  ImageLoader loader;
  for (const auto& [row, element] :
       std::vector<std::pair<std::uint64_t, std::uint32_t>>{{3, 2}, {3, 0}, {2, 1}, {2999, 2}, {1, 0}, {2047, 1}}) {
    ImageSource source = row_source(path, row);
    source.element = element;
    EXPECT_EQ(loader.bytes(source).value_or(""), "picture " + std::to_string(row) + "." + std::to_string(element));
  }
  ImageSource beyond = row_source(path, 2);
  beyond.element = 2;
  EXPECT_THAT(test::message_of(loader.bytes(beyond)), HasSubstr("record 2: has no image bytes in its column 'image'"));
}

TEST_F(ImageLoaderTest, ReadsColumnsOfBareBytesAndListsOfThem) {
  const auto bare = parquet("a.parquet", "SELECT ('picture ' || i)::BLOB AS image FROM range(40) t(i)");
  const auto list = parquet("b.parquet", "SELECT ['one'::BLOB, NULL, 'three'::BLOB] AS image");
  ImageLoader loader;
  EXPECT_EQ(loader.bytes(row_source(bare, 33)).value_or(""), "picture 33");
  ImageSource source = row_source(list, 0);
  source.element = 2;
  EXPECT_EQ(loader.bytes(source).value_or(""), "three");
  source.element = 1;
  EXPECT_FALSE(loader.bytes(source));
}

TEST_F(ImageLoaderTest, ReadsAMemberOfAZip) {
  test::make_zip(folder_ / "imgs.zip", {{"x/source.png", test::fixture_bytes("png_rgb_8.png")}});
  ImageLoader loader;
  EXPECT_TRUE(loader.load(file_source(folder_ / "imgs.zip/x/source.png")));
  EXPECT_THAT(test::message_of(loader.load(file_source(folder_ / "imgs.zip/x/none.png"))),
              HasSubstr("imgs.zip/x/none.png: the image is missing; fetch the benchmark's images"));
}

/// The fixture in base64, made by a program of its own.
constexpr std::string_view kPictureInBase64 =
    "iVBORw0KGgoAAAANSUhEUgAAABcAAAARCAIAAAC5EaDqAAAEMUlEQVR4nHXMZzjUDQAA8L+MbMnemSFChMzsvXfGKzOvPbKyR/Y8iuN6yXZl"
    "k7PV2eOMs8nmnD1OtvfD++V9evQ8v88/AODWJRIyoZawYlWw59N0ETPylrcK1HIMN/WItQ1IcYv4EJAAicooTIFAwcU1RZWwqsaO5s6e7v7h"
    "0fGJ+fn5zfXVoz00gC1gTipuQyfnxKHuIWDgJ2ERomQfreuWaO4HcggDe8blB6WXxuRUphc2QL62ljbAa9sH2nrH+kZnkLNLi6ub6J09DAYD"
    "4Ik6kMu6Mqr6XFBK3Sk0uzb+c1MmtDOvrhfaimjonuxELAxOr00tb6+gj3aPz8+uAIBA2pNS2Z9FJ/RPS0ReW1JZV1bNYEHzeAV8Fja0DJ9E"
    "IRb3Z1Gn64fXBxc4l9hEALFiEI1WJJtx/J+W6JK+1KqRHNhU8fef1QPrLcidnoXjsY2LhX0s1Bn+MRbZDSE1QKYRQ2+YzGmZKeiQK+leoOxf"
    "rhdebRHf6Ahq98rtDi4aiq1Agr7NEfYe/N/ELu7SKfH2LcUpPj0WOSvwUD+dyTyb2y5P2LVExrdCLbTeMLblr7Qff4P73xaMhn2ZTqhf/K34"
    "z+o1zR4e8zkZJw4tH0BlBnlkU/jEGSrqUyMXDNN832GS0mOTNeyaP+FfPh9Zu5rcgr5z2cBhOyThuaIWvM8iBtBal7I7VT71anjxrlUxCq6T"
    "NPDqw5j9PzMepUvvqjffN+2l/cDcuWwR8Z9QitwySRJyyQMMjrVcHk1CAZ1SEb0qCQj9jElLyMKb4jXvyu2QxqO4zvOMfuDOZeeh+C8G2Xsc"
    "yiT8WgCzWxuPX5dI2KBs3Lh6+qxRzrJ1Icr5675vw2l4+3ViL87HUaI7l306hQs2ddwneg9ETAHWt318ISNiMVPyqT+1stdNP+/YQo/d6i4C"
    "WrGiuvFTEGTgaeqiZabfik0alaNH2tc8RvjPLCgkbQGOIKRA9JxE8orSxy3dvAPzsl8ONTeezbhBcOKYIYr0SXrIImspirv2UKDtQrQPWxpJ"
    "rLhIpYFm1sc8NgMErYleOFLLuwGPIxefJW5IZ+6qfjoxKLm0qrrnBCPw+f4gdIAmHsmcucCZt8EH3RduOJPoxJIbJFSdotBZYTTe5bQ8e2qH"
    "LeZM+tKLTi0A4I1HPwcdvsw90yi6Na7Ae/2NxKWD0q+PIWKMLWmOJ2tNsGBXrOJUBnarBMfXRJAbzNK/Wmd/fcD35vK5O56ML7lKMKNuFMCf"
    "hhEHXykUYGt/ITSrJ7dro3XvYQkc4Yqe4U9dEcnZliw+ka++VmvB0+0hMxmjtVpgtUfxuhwLe99IBRIohVNqx7KYpACCWYBk/n3lclK9WiqL"
    "FkbHLnavYd7gKaHYJXHQluynI+WyS606HMN2EvN+apsJFqclbo9tIb9TiRAshWhizUQaIxCbFfhfejZcO8mybyMAAAAASUVORK5CYII=";

class EmbeddedImageTest : public ImageLoaderTest {
 protected:
  /// The picture that stands in base64 in a file, after "image: ".
  static ImageSource embedded(const fs::path& path, std::size_t length, std::uint64_t offset = 7) {
    ImageSource source{"embedded", path, {}};
    source.base64 = ByteSpan{offset, length};
    return source;
  }

  /// Writes the text after "image: " and says where it stands.
  ImageSource write_embedded(const std::string& name, const std::string& text) const {
    return embedded(write(name, "image: " + text + " and more"), text.size());
  }
};

TEST_F(EmbeddedImageTest, ReadsBase64AsItStandsInTextFiles) {
  const std::string plain(kPictureInBase64);
  std::string escaped;
  std::string wrapped;
  for (const char c : plain) {
    escaped += c == '/' ? std::string("\\/") : std::string(1, c);
    wrapped += c;
    if (wrapped.size() % 61 == 0) wrapped += "\r\n";
  }
  ImageLoader loader;
  for (const auto& text :
       {plain, escaped, wrapped, "data:image/png;base64," + plain, "data:image\\/png;base64," + escaped}) {
    EXPECT_EQ(loader.bytes(write_embedded("a.tsv", text)).value_or(""), test::fixture_bytes("png_rgb_8.png")) << text;
  }
  EXPECT_TRUE(loader.load(write_embedded("a.tsv", plain)));
}

TEST_F(EmbeddedImageTest, ReadsBase64InAFileInAZip) {
  const std::string text(kPictureInBase64);
  test::make_zip(folder_ / "a.zip", {{"a.tsv", "image: " + text, true}, {"b.tsv", "image: Zm9v"}});
  ImageLoader loader;
  EXPECT_EQ(loader.bytes(embedded(folder_ / "a.zip/a.tsv", text.size())).value_or(""),
            test::fixture_bytes("png_rgb_8.png"));
  EXPECT_EQ(loader.bytes(embedded(folder_ / "a.zip/b.tsv", 4)).value_or(""), "foo");
  EXPECT_THAT(test::message_of(loader.bytes(embedded(folder_ / "a.zip/b.tsv", 5))), HasSubstr("ends before byte 12"));
  EXPECT_FALSE(loader.bytes(embedded(folder_ / "a.zip/none.tsv", 4)));
}

TEST_F(EmbeddedImageTest, WhatIsNoBase64NamesTheByteInTheFile) {
  ImageLoader loader;
  EXPECT_THAT(test::message_of(loader.bytes(write_embedded("a.tsv", "Zm9v,m9v"))),
              HasSubstr("a.tsv, byte 11: the image in base64 holds a character that base64 does not have"));
  EXPECT_THAT(test::message_of(loader.bytes(write_embedded("a.tsv", "data:image/png;base64,Zm9v!"))),
              HasSubstr("a.tsv, byte 33: the image in base64 holds a character"));
  EXPECT_THAT(test::message_of(loader.bytes(write_embedded("a.tsv", "Zm9vY"))), HasSubstr("byte 12: the image in"));
  EXPECT_THAT(test::message_of(loader.load(write_embedded("a.tsv", "Zm9v"))), HasSubstr("a.tsv, byte 7: "));
  EXPECT_THAT(test::message_of(loader.bytes(embedded(folder_ / "a.tsv", 4000))), HasSubstr("a.tsv: ends before byte"));
  EXPECT_EQ(loader.bytes(embedded(folder_ / "a.tsv", std::size_t{1} << 31)).error().code, ErrorCode::limit);
  EXPECT_FALSE(loader.bytes(embedded(folder_ / "none.tsv", 4)));
}

TEST_F(EmbeddedImageTest, TwoPicturesOfOneFileAreDifferentPictures) {
  const std::string one(kPictureInBase64);
  const std::string two =
      "iVBORw0KGgoAAAANSUhEUgAAABcAAAARCAAAAAATGGhhAAABM0lEQVR4nGNg4BZT1DF38o1Izqts6Z+1dMPuYxfvPP/EwMwnqaJv5RoQnVZY"
      "0z5p7orN+05euf/qKwOboMwvKKjvmrpg9baDZ64/evuDgVNEHibe1Dtj8bqdR87fevrhNwOPuBJMvHXC7GUb9xy/dPfF538M/FKqBtZugTHp"
      "RbUdk7lA4OqD198YGYRkNYztPEPis0oburkg4PG7nywMograZo4+4Um5Fc19UPFnH/+wM0go61m6+EelFlS3TYSKv/zyn4tBWs3Qxj0oNqO4"
      "rnMKVPzNdyZeBjlNE3uv0ITsssae6VDx979YBRhQAgEs/PzTXw5hBqyBwC3GoG5k6xEcl1mCHAjAMGPQMnXwDkvMKUcOBGCYMehaOPtFpuRX"
      "IQcCMMwYEIEwb+WW/afAgQAMMwBwj7PlW8NanwAAAABJRU5ErkJggg==";
  const auto path = write("a.tsv", "image: " + one + "\t" + two);
  ImageLoader loader;
  const auto first = loader.load(embedded(path, one.size()));
  const auto second = loader.load(embedded(path, two.size(), 7 + one.size() + 1));
  ASSERT_TRUE(first && second) << test::message_of(first) << test::message_of(second);
  EXPECT_NE(pixel_hash(**first), pixel_hash(**second));
}

TEST_F(EmbeddedImageTest, TheElementsOfOneListAreDifferentPictures) {
  const auto path = parquet("a.parquet", "SELECT [" + test::sql_picture("png_rgb_8.png", "x") + ", " +
                                             test::sql_picture("png_grey_8.png", "x") + "] AS image");
  ImageLoader loader;
  ImageSource one = row_source(path, 0);
  ImageSource two = row_source(path, 0);
  one.element = 0;
  two.element = 1;
  const auto first = loader.load(one);
  const auto second = loader.load(two);
  ASSERT_TRUE(first && second) << test::message_of(first) << test::message_of(second);
  EXPECT_NE(pixel_hash(**first), pixel_hash(**second));
}

}  // namespace
}  // namespace osler
