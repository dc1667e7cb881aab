#include <gmock/gmock.h>

#include <random>

#include "dataset/support.h"
#include "osler/dataset/image_loader.h"
#include "osler/storage/files.h"
#include "storage/zip_maker.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ParquetTest : public test::FolderTest {
 protected:
  static Json row(const fs::path& file, const std::vector<std::string>& columns, std::size_t number = 0) {
    const auto rows = test::rows_of(file, "parquet", columns);
    EXPECT_TRUE(rows) << test::message_of(rows);
    return rows && number < rows->size() ? (*rows)[number].fields : Json();
  }
};

TEST_F(ParquetTest, OnlyTheColumnsThatAreAskedForAreRead) {
  const auto file = parquet("a.parquet", "SELECT 'x' AS q, 'NA' AS a, 3 AS other");
  EXPECT_EQ(row(file, {"q", "a", "absent"}), (Json{{"q", "x"}, {"a", "NA"}}));
  EXPECT_THAT(*columns_of(file, "parquet"), ElementsAre("q", "a", "other"));
  EXPECT_THAT(test::message_of(test::rows_of(file, "parquet", {"Q"})), HasSubstr("has none of the columns"));
}

TEST_F(ParquetTest, APictureArrivesWithoutItsBytes) {
  const auto file =
      parquet("a.parquet", "SELECT " + test::sql_picture("png_rgb_8.png", "x.png") + " AS image, 'q' AS q");
  EXPECT_EQ(row(file, {"image"}), (Json{{"image", {{"path", "x.png"}}}}));
}

TEST_F(ParquetTest, APictureMayComeInAnyOrderOfFieldsWithoutPathOrNotAtAll) {
  const auto swapped = parquet("a.parquet", "SELECT {'path': 'p', 'bytes': 'x'::BLOB} AS image");
  EXPECT_EQ(row(swapped, {"image"}), (Json{{"image", {{"path", "p"}}}}));
  const auto bare = parquet("b.parquet", "SELECT {'bytes': 'x'::BLOB} AS image");
  EXPECT_EQ(row(bare, {"image"}), (Json{{"image", {{"path", nullptr}}}}));
  const auto none = parquet("c.parquet", "SELECT NULL::STRUCT(bytes BLOB, path VARCHAR) AS image, 'q' AS q");
  EXPECT_TRUE(row(none, {"image"})["image"].is_null());
}

TEST_F(ParquetTest, BareBytesAreAPictureWithoutAPath) {
  const auto all = parquet("a.parquet", "SELECT 'x'::BLOB AS image, 'q' AS q");
  EXPECT_EQ(row(all, {"image", "q"}), (Json{{"image", {{"path", nullptr}}}, {"q", "q"}}));
  EXPECT_EQ(row(all, {"image"}), (Json{{"image", {{"path", nullptr}}}}));
  const auto some = parquet("b.parquet", "SELECT 'x'::BLOB AS image UNION ALL SELECT NULL");
  EXPECT_EQ(row(some, {"image"}, 0)["image"], (Json{{"path", nullptr}}));
  EXPECT_TRUE(row(some, {"image"}, 1)["image"].is_null());
}

TEST_F(ParquetTest, AListOfPicturesArrivesAsAListWithoutTheirBytes) {
  const auto file = parquet("a.parquet",
                            "SELECT [{'bytes': 'x'::BLOB, 'path': 'p'}, NULL, {'bytes': 'y'::BLOB, 'path': NULL}] AS "
                            "images, 0 AS n UNION ALL SELECT [], 1 UNION ALL SELECT NULL, 2 ORDER BY n");
  EXPECT_EQ(row(file, {"images"})["images"], (Json{{{"path", "p"}}, nullptr, {{"path", nullptr}}}));
  EXPECT_EQ(row(file, {"images"}, 1)["images"], Json::array());
  EXPECT_TRUE(row(file, {"images"}, 2)["images"].is_null());
  const auto bare = parquet("b.parquet", "SELECT ['x'::BLOB, NULL] AS images");
  EXPECT_EQ(row(bare, {"images"})["images"], (Json{{{"path", nullptr}}, nullptr}));
}

TEST_F(ParquetTest, BytesInOtherPlacesAreRefusedWithTheReason) {
  const auto deep = parquet("a.parquet", "SELECT [['x'::BLOB]] AS image, 'q' AS q");
  EXPECT_THAT(test::message_of(test::rows_of(deep, "parquet", {"image"})),
              HasSubstr("has bytes of the type BLOB[][] in its column 'image'; Osler reads texts, and pictures as"));
  EXPECT_EQ(row(deep, {"q"}), (Json{{"q", "q"}}));
}

TEST_F(ParquetTest, WithoutAChoiceAllColumnsAreRead) {
  EXPECT_EQ(row(parquet("a.parquet", "SELECT 'x' AS q, 3 AS other"), {}), (Json{{"q", "x"}, {"other", "3"}}));
}

TEST_F(ParquetTest, AFileInAZipIsRefusedWithTheWayOut) {
  const auto file = parquet("a.parquet", "SELECT 'x' AS q");
  test::make_zip(folder_ / "a.zip", {{"a.parquet", read_file(file).value()}});
  const auto inside = (folder_ / "a.zip/a.parquet").string();
  EXPECT_EQ(test::message_of(test::rows_of(inside, "parquet", {"q"})),
            inside + ": is a parquet file in a zip; unpack the zip");
  EXPECT_EQ(columns_of(inside, "parquet").error().code, ErrorCode::unsupported);
}

TEST_F(ParquetTest, NumbersArriveAsTextAndListsAsLists) {
  const auto file =
      parquet("a.parquet",
              "SELECT 7 AS i, 'nan'::DOUBLE AS n, 12345678901234567890123456789012345678::DECIMAL(38, 0) AS h, "
              "true AS b, ['x', NULL, 'NA'] AS l, {'A': 'one', 'B': 'two'} AS s, NULL::VARCHAR AS z, "
              "chr(9) || '\"\xC3\xA4' AS t");
  const Json got = row(file, {"i", "n", "h", "b", "l", "s", "z", "t"});
  EXPECT_EQ(got["i"], "7");
  EXPECT_EQ(got["n"], "nan");
  EXPECT_EQ(got["h"], "12345678901234567890123456789012345678");
  EXPECT_EQ(got["b"], "true");
  EXPECT_EQ(got["l"], (Json{"x", nullptr, "NA"}));
  EXPECT_EQ(got["s"], (Json{{"A", "one"}, {"B", "two"}}));
  EXPECT_TRUE(got["z"].is_null());
  EXPECT_EQ(got["t"], "\t\"\xC3\xA4");
}

TEST_F(ParquetTest, RowsKeepTheirOrderAndNumbersOverManyGroups) {
  const auto file = parquet("a.parquet", "SELECT 'q' || i AS q FROM range(9000) t(i)");
  const auto rows = test::rows_of(file, "parquet", {"q"});
  ASSERT_TRUE(rows) << test::message_of(rows);
  ASSERT_EQ(rows->size(), 9000U);
  for (std::size_t i = 0; i < rows->size(); ++i) {
    ASSERT_EQ((*rows)[i].number, i);
    ASSERT_EQ((*rows)[i].fields["q"], "q" + std::to_string(i));
  }
}

TEST_F(ParquetTest, SignsInTheNameOfAFolderAreNoWildcardsAndNoPartitions) {
  const auto file = parquet("it's [1]*?/q=other/a.parquet", "SELECT 'own' AS q");
  parquet("it's 1x/q=other/a.parquet", "SELECT 'foreign' AS q");
  EXPECT_EQ(row(file, {"q"}), (Json{{"q", "own"}}));
  EXPECT_THAT(*columns_of(file, "parquet"), ElementsAre("q"));
}

TEST_F(ParquetTest, AFileCutAnywhereIsAnErrorThatNamesIt) {
  const auto whole = read_file(parquet("whole.parquet", "SELECT 'q' || i AS q FROM range(100) t(i)")).value();
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40) {
    const auto file = write("cut.parquet", std::string_view(whole).substr(0, size));
    const std::string message = test::message_of(test::rows_of(file, "parquet", {"q"}));
    EXPECT_THAT(message, StartsWith(file.string() + ": is not a readable parquet file (")) << size;
    EXPECT_THAT(message, HasSubstr("fetch or copy it again")) << size;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST_F(ParquetTest, BytesThatFlipNeverCrashTheReading) {
  const auto path = parquet("whole.parquet",
                            "SELECT 'question ' || i AS q, {'bytes': ('bytes ' || i)::BLOB, 'path': 'p'} "
                            "AS image, [i, i + 1] AS l FROM range(300) t(i)");
  const auto whole = read_file(path).value();
  std::mt19937 random(20240607);
  int errors = 0;
  for (int round = 0; round < 100; ++round) {
    std::string damaged = whole;
    const int flips = 1 + round % 4;
    for (int i = 0; i < flips; ++i) {
      // The footer, at the end, says where everything is: every second flip goes there.
      const std::size_t tail = std::min<std::size_t>(whole.size(), 700);
      const std::size_t at = i % 2 == 0 ? whole.size() - 1 - random() % tail : random() % whole.size();
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << (random() % 8)));
    }
    const auto file = write("damaged.parquet", damaged);
    const auto rows = test::rows_of(file, "parquet", {"q", "image", "l"});
    if (!rows) {
      ++errors;
      EXPECT_THAT(rows.error().message(), HasSubstr("damaged.parquet")) << round;
    }
    ImageLoader loader;
    ImageSource source{"x", file, "image"};
    source.row = static_cast<std::uint64_t>(round) % 300;
    const auto bytes = loader.bytes(source);
    if (!bytes) {
      EXPECT_THAT(bytes.error().message(), HasSubstr("damaged.parquet")) << round;
    }
  }
  EXPECT_GT(errors, 10);
}

}  // namespace
}  // namespace osler
