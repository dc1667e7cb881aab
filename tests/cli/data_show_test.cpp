// `osler data show` on a small benchmark whose data file is hostile, and on images that are missing or turned.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/command.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path kPictures = fs::path(OSLER_SOURCE_DIR) / "tests/dataset/images/fixtures";

constexpr const char* kCard = R"(
name: ward
forms:
  - name: jsonl
    format: jsonl
    files: {test: ["items.jsonl"]}
    id: "{id}"
    question: question
    answer: {column: answer}
    options: [options]
    images: {columns: [images], folders: ["."], marked: true}
    kinds:
      - {kind: yes_no, when: {column: answer, in: ["yes", "no"]}}
      - {kind: mcq, when: {column: kind, in: [mcq]}}
      - {kind: open}
    strata: {modality: modality}
)";

constexpr const char* kItems =
    R"({"id": "ward-1", "question": "Is it turned?", "answer": "yes", "kind": "yes_no", "images": ["turned.jpg"], "modality": "CT"}
{"id": "ward-2", "question": "Which is in <image 2>?", "answer": "liver", "kind": "mcq", "options": ["lung", "liver"], "images": ["plain.png", "turned.jpg"]}
{"id": "ward-3", "question": "What\r\nis\u001b[31m\u009b2J this?\rgold answer", "answer": "a\u0007b", "images": ["plain.png"], "modality": "\u001b]0;x\u0007MR"}
{"id": "../4/\u00e4", "question": "Where?", "answer": "here", "images": ["plain.png"]}
{"id": "ward-5", "question": "Who?", "answer": "nobody", "images": ["gone.png", "plain.png"]}
)";

class DataShow : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(kPictures / "jpeg_orientation_6.jpg", folder() / "turned.jpg");
    fs::copy(kPictures / "png_rgb_8.png", folder() / "plain.png");
    std::ofstream(folder() / "ward.yaml") << kCard;
    std::ofstream(folder() / "items.jsonl") << kItems;
  }

  const fs::path& folder() { return folder_.path(); }

  CommandResult show(std::vector<std::string> extra = {}) {
    std::vector<std::string> arguments{
        std::string(OSLER_BINARY_DIR) + "/bin/osler", "data", "show", "ward.yaml", "--data", "."};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return run_command(arguments, {.folder = folder()});
  }

  nlohmann::json show_json(std::vector<std::string> extra) {
    extra.emplace_back("--json");
    return nlohmann::json::parse(show(std::move(extra)).out, nullptr, false);
  }

 private:
  TemporaryFolder folder_;
};

/// Width and height of a PNG, from its header.
std::pair<std::uint32_t, std::uint32_t> png_size(const fs::path& file) {
  std::ostringstream bytes;
  bytes << std::ifstream(file, std::ios::binary).rdbuf();
  const std::string png = bytes.str();
  const auto number = [&png](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = 256 * value + static_cast<unsigned char>(png.at(i));
    return value;
  };
  return {number(16), number(20)};
}

TEST_F(DataShow, ShowsTheFirstItemWithPromptImageAndGoldAnswer) {
  const auto result = show();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  for (const char* expected : {"ward:test (jsonl)", "ward-1", "yes_no", "unlabeled", "modality     CT", "turned.jpg",
                               "user:\n  [image 1]\n  Is it turned?\n", "gold answer\n  A. yes\n"}) {
    EXPECT_THAT(result.out, HasSubstr(expected));
  }
}

TEST_F(DataShow, PutsImagesWhereTheTextMarksThem) {
  const auto result = show({"ward-2"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Which is in [image 2]?"));
  EXPECT_THAT(result.out, HasSubstr("gold answer\n  B. liver\n"));
}

TEST_F(DataShow, SaysThePromptInPartsForPrograms) {
  const auto item = show_json({"ward-2"});
  EXPECT_EQ(item["gold_letter"], "B");
  EXPECT_EQ(item["options"].size(), 2U);
  EXPECT_EQ(item["images"].size(), 2U);
  EXPECT_EQ(item["messages"][0]["parts"][1]["image"], 2);
  EXPECT_EQ(show_json({"ward-3"})["gold"], "a\u0007b");
}

TEST_F(DataShow, LetsNoControlCharacterOfTheDataReachTheTerminal) {
  const auto result = show({"ward-3"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("  What\n  is?[31m?2J this??gold answer\n"));
  EXPECT_THAT(result.out, HasSubstr("a?b"));
  EXPECT_THAT(result.out, Not(HasSubstr("\u009b")));
  for (const char c : {'\x1b', '\x07', '\r'}) EXPECT_EQ(result.out.find(c), std::string::npos);
}

TEST_F(DataShow, SavesWhatTheModelSees) {
  const auto result = show({"ward-1", "--save", "out"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("out/ward-1-1.png"));
  const auto image = show_json({"ward-1"})["images"][0];
  EXPECT_EQ(png_size(folder() / "out/ward-1-1.png"),
            std::pair(image["width"].get<std::uint32_t>(), image["height"].get<std::uint32_t>()));
  EXPECT_LT(image["width"], image["height"]) << "the EXIF orientation turns it upright";
}

TEST_F(DataShow, MakesFileNamesSafe) {
  EXPECT_EQ(show({"../4/\u00e4", "--save", "out"}).status, 0);
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder() / "out")) names.push_back(entry.path().filename());
  ASSERT_EQ(names.size(), 1U);
  EXPECT_THAT(names.front(), testing::MatchesRegex("_\\._4___-[0-9a-f]+-1\\.png"));
}

TEST_F(DataShow, AMissingImageIsStatusOneAndTheRestIsShown) {
  const auto result = show({"ward-5", "--save", "out"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.out, HasSubstr("gone.png: the image is missing"));
  EXPECT_THAT(result.out, HasSubstr("out/ward-5-2.png"));
  EXPECT_THAT(result.out, HasSubstr("gold answer\n  nobody\n"));
  EXPECT_THAT(result.err, HasSubstr("1 of the 2 images of the item 'ward-5'"));
}

TEST_F(DataShow, AnUnknownIdSuggestsTheClosest) {
  const auto result = show({"ward-22"});
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("none of the 5 items of ward:test (jsonl) has the id 'ward-22'"));
  EXPECT_THAT(result.err, HasSubstr("did you mean 'ward-2'?"));
}

TEST_F(DataShow, DrawsTheSameItemFromTheSameSeed) {
  const auto drawn = show({"--random", "--seed", "11"});
  EXPECT_EQ(drawn.out, show({"--random", "--seed", "11"}).out);
  EXPECT_THAT(drawn.err, HasSubstr("--seed 11"));
  std::set<std::string> ids;
  for (int seed = 0; seed < 40; ++seed) {
    ids.insert(show_json({"--random", "--seed", std::to_string(seed)})["id"].get<std::string>());
  }
  EXPECT_EQ(ids.size(), 5U);
}

TEST_F(DataShow, DrawsPicturesWithoutColourWhereThereIsNoTerminal) {
  const auto without = show({"ward-2"});
  const auto with = show({"ward-2", "--picture", "always", "--columns", "10"});
  EXPECT_GT(with.out.size(), without.out.size() + 10);
  EXPECT_EQ(with.out.find('\x1b'), std::string::npos);
}

TEST_F(DataShow, TakesSplitAndSubsetFromTheName) {
  const auto result =
      run_command({std::string(OSLER_BINARY_DIR) + "/bin/osler", "data", "show", "ward.yaml:test/open", "--data", "."},
                  {.folder = folder()});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ward:test/open (jsonl)"));
  EXPECT_THAT(result.out, HasSubstr("ward-3"));
}

}  // namespace
}  // namespace osler::test
