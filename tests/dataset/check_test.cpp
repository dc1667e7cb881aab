#include "osler/dataset/check.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/dataset/images/encode_png.h"

namespace osler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckTest : public test::FolderTest {
 protected:
  static Card card(const std::string& expect, const std::string& format = "jsonl") {
    return test::card_of(test::card_text(
        format,
        "    images: {columns: [i]}\n    options: o\n    subsets: {closed: {column: a, in: [\"yes\", \"no\"]}}\n"
        "    kinds: [{kind: yes_no, when: {column: a, in: [\"yes\", \"no\"]}}, {kind: mcq}]\n"
        "    expect: {test: " +
            expect + "}\n"));
  }

  static std::string row(const std::string& image, const std::string& answer) {
    return R"({"q": "?", "i": ")" + image + R"(", "a": ")" + answer + R"(", "o": ["x", "y"]})" + "\n";
  }

  DataReport report(const Card& card, const RowSetRequest& request = {}) const {
    const auto rows = load_row_set(card, request, {folder_});
    EXPECT_TRUE(rows) << test::message_of(rows);
    return rows ? check_data(card, *rows, {}) : DataReport{};
  }

  /// A bright spot on grey, off the middle by `shift` hundredths of the side.
  static Image blob(std::uint32_t side, int shift) {
    Image image{side, side, std::vector<std::uint8_t>(std::size_t{3} * side * side)};
    for (std::uint32_t y = 0; y < side; ++y) {
      for (std::uint32_t x = 0; x < side; ++x) {
        const double dx = (x + 0.5) / side - 0.3 - 0.01 * shift;
        const double dy = (y + 0.5) / side - 0.4;
        const double value = 40 + 200 / (1 + 60 * (dx * dx + dy * dy));
        for (int channel = 0; channel < 3; ++channel) {
          image.rgb[(std::size_t{y} * side + x) * 3 + static_cast<std::size_t>(channel)] =
              static_cast<std::uint8_t>(value);
        }
      }
    }
    return image;
  }

  static std::vector<std::string> remarks(const DataReport& report) {
    std::vector<std::string> out;
    for (const auto& remark : report.remarks) out.push_back(remark.item_id + ": " + remark.what);
    return out;
  }

  static std::vector<std::string> texts(const DataReport& report) {
    std::vector<std::string> out;
    for (const auto& problem : report.problems) out.push_back(problem.item_id + ": " + problem.what);
    return out;
  }
};

TEST_F(CheckTest, WhatIsAsTheCardSaysHasNoProblems) {
  picture("1.png");
  picture("2.png", "png_grey_8.png");
  write("data.jsonl", row("1.png", "yes") + row("2.png", "y") + row("1.png", "no"));
  const auto got = report(card("{items: 3, kinds: {yes_no: 2, mcq: 1}, subsets: {closed: 2}, distinct_images: 2}"));
  EXPECT_THAT(texts(got), IsEmpty());
  EXPECT_EQ(got.row_set, "made-up:test (f)");
  EXPECT_EQ(got.items, 3U);
  EXPECT_EQ(got.images, 3U);
  EXPECT_EQ(got.kinds, (std::map<std::string, std::uint64_t>{{"mcq", 1}, {"yes_no", 2}}));
  EXPECT_EQ(got.gold_letters, (std::map<std::string, std::uint64_t>{{"B", 1}}));
  EXPECT_EQ(got.capabilities, (std::map<std::string, std::uint64_t>{{"unlabeled", 3}}));
  EXPECT_EQ(got.row_set_hash.size(), 64U);
}

TEST_F(CheckTest, EveryCountThatDiffersIsNamed) {
  picture("1.png");
  write("data.jsonl", row("1.png", "yes"));
  EXPECT_THAT(texts(report(card("{items: 2, kinds: {yes_no: 2, open: 3}, subsets: {closed: 5}, distinct_images: 4}"))),
              ElementsAre(": has 1 items in the subset 'closed', its card says 5", ": has 1 items, its card says 2",
                          ": has 0 items of kind open, its card says 3",
                          ": has 1 items of kind yes_no, its card says 2", ": has 1 distinct images, its card says 4"));
}

TEST_F(CheckTest, APartIsNotComparedWithTheWhole) {
  picture("1.png");
  write("data.jsonl", row("1.png", "yes") + row("1.png", "x"));
  const Card whole = card("{items: 2, kinds: {yes_no: 1, mcq: 1}, subsets: {closed: 1}, distinct_images: 1}");
  EXPECT_THAT(texts(report(whole, {{}, {}, "closed", {}})), IsEmpty());
}

TEST_F(CheckTest, ASplitWithoutExpectationHasNoProblems) {
  picture("1.png");
  write("data.jsonl", row("1.png", "yes"));
  Card other = card("{items: 99}");
  other.forms.front().expect.clear();
  EXPECT_THAT(texts(report(other)), IsEmpty());
}

TEST_F(CheckTest, PicturesAreTheSameByTheirPixelsAndNotByTheirNames) {
  picture("1.png");
  picture("copy.png");
  picture("sub/1.png", "png_rgb_8_interlaced.png");
  write("data.jsonl", row("1.png", "yes") + row("copy.png", "yes") + row("sub/1.png", "yes"));
  const auto got = report(card("{items: 3, distinct_images: 1}"));
  EXPECT_THAT(texts(got), IsEmpty());
  EXPECT_EQ(got.images, 3U);
}

TEST_F(CheckTest, AMissingAndABrokenImageAreListedOnceEach) {
  write("broken.png", "not a picture");
  picture("cut.png");
  std::filesystem::resize_file(folder_ / "cut.png", 60);
  std::string rows;
  for (int i = 0; i < 3; ++i) rows += row("none.png", "yes") + row("broken.png", "no") + row("cut.png", "no");
  write("data.jsonl", rows);
  const auto got = report(card("{items: 9}"));
  EXPECT_THAT(texts(got), ElementsAre("0: has no image " + (folder_ / "none.png").string(), HasSubstr("broken.png: "),
                                      HasSubstr("cut.png: ")));
  EXPECT_EQ(got.distinct_images, 0U);
}

TEST_F(CheckTest, AnImageOutsideOfTheBenchmarkIsListedForItsItemAndNotRead) {
  picture("secret.png");
  write("sub/data.jsonl", row("../secret.png", "yes"));
  const auto got = report(card("{items: 1}"));
  EXPECT_THAT(texts(got), ElementsAre("0: names the image '../secret.png', which lies outside of the benchmark"));
  EXPECT_EQ(got.distinct_images, 0U);
}

TEST_F(CheckTest, EveryEmbeddedPictureIsLookedAt) {
  parquet("data.parquet", "SELECT 'q' AS q, 'yes' AS a, ['x', 'y'] AS o, " + test::sql_picture("png_rgb_8.png", "n") +
                              " AS i UNION ALL SELECT 'q', 'yes', ['x', 'y'], " +
                              test::sql_picture("png_rgb_8.png", "m") +
                              " UNION ALL SELECT 'q', 'no', ['x', 'y'], {'bytes': 'junk'::BLOB, 'path': 'n'}"
                              " UNION ALL SELECT 'q', 'no', ['x', 'y'], NULL");
  const auto got = report(card("{items: 4, distinct_images: 1}", "parquet"));
  EXPECT_THAT(texts(got), ElementsAre("3: has no image", HasSubstr("data.parquet, record 2: ")));
}

TEST_F(CheckTest, ProgressIsTold) {
  picture("1.png");
  picture("2.png", "png_grey_8.png");
  write("data.jsonl", row("1.png", "yes") + row("1.png", "no") + row("2.png", "no"));
  const auto rows = load_row_set(card("{items: 3}"), {}, {folder_}).value();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  (void)check_data(card("{items: 2}"), rows, {{}, {}, [&told](const auto& what, auto done, auto total) {
                                                EXPECT_EQ(what, "images of made-up:test (f)");
                                                told.emplace_back(done, total);
                                              }});
  EXPECT_THAT(told, ElementsAre(std::pair(1, 2), std::pair(2, 2)));
}

TEST_F(CheckTest, WhatIsWrongWithTheWholeStandsBeforeWhatIsWrongWithItems) {
  write("data.jsonl", row("none.png", "yes"));
  EXPECT_THAT(texts(report(card("{items: 2}"))), ElementsAre(HasSubstr("has 1 items"), HasSubstr("has no image")));
}

TEST_F(CheckTest, GoldAnswersAreCountedByPositionAndByYesAndNo) {
  picture("1.png");
  write("data.jsonl", row("1.png", "x") + row("1.png", "y") + row("1.png", "y") + row("1.png", "no"));
  const auto got = report(card("{items: 4, gold_letters: {A: 2, B: 2}}"));
  EXPECT_EQ(got.gold_letters, (std::map<std::string, std::uint64_t>{{"A", 1}, {"B", 2}}));
  EXPECT_EQ(got.gold_yes_no, (std::map<std::string, std::uint64_t>{{"no", 1}}));
  EXPECT_THAT(texts(got), ElementsAre(": has 1 mcq items with the answer A, its card says 2"));
}

TEST_F(CheckTest, FilesWithEqualPixelsAreRemarked) {
  picture("1.png");
  picture("2.png");
  write("data.jsonl", row("1.png", "yes") + row("2.png", "y"));
  const auto got = report(card("{items: 2}"));
  EXPECT_EQ(got.distinct_images, 1U);
  EXPECT_THAT(remarks(got), ElementsAre(": has 1 image file with the pixels of another, for example 2.png as 1.png"));
  EXPECT_THAT(texts(got), IsEmpty());
}

TEST_F(CheckTest, AQuestionThatIsAskedTwiceAboutOneImageIsRemarked) {
  picture("1.png");
  picture("2.png", "png_grey_8.png");
  write("data.jsonl", row("1.png", "y") + row("2.png", "y") + row("1.png", "y") + row("1.png", "x"));
  EXPECT_THAT(remarks(report(card("{items: 4}"))),
              ElementsAre("2: asks what item 0 asks about the same image",
                          "3: asks what item 0 asks about the same image, but its gold answer is another"));
}

TEST_F(CheckTest, PicturesThatLookAlikeAreRemarked) {
  write("1.png", encode_png(blob(96, 0)).value());
  write("2.png", encode_png(blob(64, 0)).value());
  write("3.png", encode_png(blob(96, 40)).value());
  write("data.jsonl", row("1.png", "yes") + row("2.png", "yes") + row("3.png", "yes"));
  const auto got = report(card("{items: 3}"));
  EXPECT_EQ(got.distinct_images, 3U);
  EXPECT_EQ(got.near_duplicates, 1U);
  EXPECT_THAT(remarks(got), ElementsAre("1: shows 2.png, which looks like 1.png of item 0 (a near-duplicate image)"));
}

TEST_F(CheckTest, ImagesOfATrainingSplitAreFoundByNameAndByPixels) {
  picture("here/1.png");
  picture("here/2.png", "png_grey_8.png");
  picture("here/3.png", "bmp_palette_4.bmp");
  write("here/data.jsonl", row("1.png", "yes") + row("2.png", "yes") + row("3.png", "yes") + row("gone.png", "yes"));
  picture("there/other.png");
  write("there/data.jsonl", row("other.png", "no") + row("other.png", "yes"));
  const auto of_one = card("{items: 4}");
  const auto rows = load_row_set(of_one, {}, {folder_ / "here"}).value();
  auto training = load_row_set(of_one, {}, {folder_ / "there"}).value();
  training.items[1].images = rows.items[3].images;  // A file that is not there is known by its name.
  const auto got = check_data(of_one, rows, {{}, {&training}, {}});
  ASSERT_EQ(got.training.size(), 1U);
  EXPECT_EQ(got.training.front().pictures, 4U);
  EXPECT_EQ(got.training.front().shared, 2U);
  EXPECT_TRUE(got.training.front().compared_pixels);
}

}  // namespace
}  // namespace osler
