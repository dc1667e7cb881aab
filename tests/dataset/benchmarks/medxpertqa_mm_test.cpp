#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "dataset/benchmarks/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Counts kLetters{{"A", 399}, {"B", 408}, {"C", 383}, {"D", 386}, {"E", 424}};

class MedXpertQa : public BenchmarkTest {
 protected:
  MedXpertQa() : BenchmarkTest("medxpertqa-mm") {}

  /// A row as the hub has it.
  static Json row(const std::string& id, const std::vector<std::string>& images,
                  std::vector<std::string> options = {"cyst", "abscess", "tumor", "scar", "none"},
                  const std::string& label = "B") {
    Json by_letter = Json::object();
    std::string inlined;
    for (std::size_t i = 0; i < options.size(); ++i) {
      by_letter[std::string(1, option_letter(i))] = options[i];
      inlined += fmt::format(" ({}) {}", option_letter(i), options[i]);
    }
    return {{"id", id},
            {"question", "What is shown in Figure A?\nAnswer Choices:" + inlined},
            {"options", by_letter},
            {"label", label},
            {"images", images},
            {"medical_task", "Diagnosis"},
            {"body_system", "Other / NA"},
            {"question_type", "Understanding"}};
  }
};

class RealMedXpertQa : public MedXpertQa {
 protected:
  void SetUp() override {
    MedXpertQa::SetUp();
    need(hub_);
    need(github_);
  }

  fs::path hub_ = real_data("medxpertqa_mm/hf");
  fs::path github_ = real_data("medxpertqa_mm/github");
};

TEST_F(RealMedXpertQa, HasTheCountsOfItsAuthors) {
  const auto rows = loaded(hub_);
  EXPECT_EQ(rows.name(), "medxpertqa-mm:test (hf)");
  EXPECT_EQ(kinds_of(rows), (Counts{{"mcq", 2000}}));
  EXPECT_EQ(gold_letters_of(rows), kLetters);
  EXPECT_EQ(capabilities_of(rows), (Counts{{"reasoning", 1446}, {"understanding", 554}}));
  EXPECT_EQ(stratum_of(rows, "question_type"), (Counts{{"Reasoning", 1446}, {"Understanding", 554}}));
  EXPECT_EQ(stratum_of(rows, "medical_task"),
            (Counts{{"Diagnosis", 1199}, {"Treatment", 448}, {"Basic Science", 353}}));
  EXPECT_EQ(stratum_of(rows, "body_system"), (Counts{{"Skeletal", 491},
                                                     {"Cardiovascular", 320},
                                                     {"Nervous", 231},
                                                     {"Integumentary", 225},
                                                     {"Respiratory", 192},
                                                     {"Digestive", 168},
                                                     {"Reproductive", 98},
                                                     {"Lymphatic", 81},
                                                     {"Endocrine", 74},
                                                     {"Urinary", 56},
                                                     {"Muscular", 46},
                                                     {"Other / NA", 18}}));
  EXPECT_EQ(stratum_of(rows, "n_images"),
            (Counts{{"1", 1581}, {"2", 236}, {"3", 59}, {"4", 22}, {"5", 78}, {"6", 24}}));
  EXPECT_EQ(images_of(rows), 2852U);
  for (const auto& item : rows.items) EXPECT_THAT(item.options, SizeIs(5)) << item.id;
}

TEST_F(RealMedXpertQa, TasksCrossWithCapabilitiesAsTheirAuthorsCount) {
  RowSetRequest request;
  request.capability = Capability::reasoning;
  EXPECT_EQ(stratum_of(loaded(hub_, request), "medical_task"),
            (Counts{{"Diagnosis", 811}, {"Treatment", 417}, {"Basic Science", 218}}));
  request.capability = Capability::understanding;
  EXPECT_EQ(stratum_of(loaded(hub_, request), "medical_task"),
            (Counts{{"Diagnosis", 388}, {"Treatment", 31}, {"Basic Science", 135}}));
}

TEST_F(RealMedXpertQa, LacksItsImagesHereAndNothingElse) {
  const auto rows = loaded(hub_);
  EXPECT_THAT(problems_of(rows), IsEmpty());
  EXPECT_THAT(rows.remarks, IsEmpty());
  // Every image is named once.
  EXPECT_EQ(rows.missing_images.size(), 2852U);
  EXPECT_EQ(rows.problems.size(), 2852U);
}

TEST_F(RealMedXpertQa, TheHubsFormAndTheAuthorsRepositoryGiveTheSameItems) {
  const auto hub = loaded(hub_);
  const auto github = loaded(github_);
  EXPECT_EQ(github.name(), "medxpertqa-mm:test (github)");
  EXPECT_EQ(hub.hash(), github.hash());
  ASSERT_EQ(hub.items.size(), github.items.size());
  for (std::size_t i = 0; i < hub.items.size(); ++i) {
    const Item& a = hub.items[i];
    const Item& b = github.items[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.question, b.question) << a.id;
    EXPECT_EQ(a.options, b.options) << a.id;
    EXPECT_EQ(a.gold_option, b.gold_option) << a.id;
    EXPECT_EQ(a.capability, b.capability) << a.id;
    EXPECT_EQ(a.strata, b.strata) << a.id;
    ASSERT_EQ(a.images.size(), b.images.size()) << a.id;
    for (std::size_t k = 0; k < a.images.size(); ++k) EXPECT_EQ(a.images[k].key, b.images[k].key);
  }
}

TEST_F(RealMedXpertQa, TheSampleOfTheAuthorsIsASplit) {
  const auto rows = loaded(github_, split("sampled"));
  EXPECT_EQ(capabilities_of(rows), (Counts{{"reasoning", 144}, {"understanding", 55}}));
}

TEST_F(RealMedXpertQa, TheRepeatedOptionsAreCutOffTheQuestionAndNothingElse) {
  const auto rows = loaded(hub_);
  const Json raw = real_json(hub_ / "MM/test.jsonl");
  ASSERT_EQ(raw.size(), rows.items.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const Item& item = rows.items[i];
    std::string whole = item.question + "\nAnswer Choices:";
    for (std::size_t k = 0; k < item.options.size(); ++k) {
      whole += fmt::format(" ({}) {}", option_letter(k), item.options[k]);
    }
    EXPECT_EQ(whole, raw[i]["question"].get<std::string>()) << item.id;
  }
}

TEST_F(RealMedXpertQa, OptionsThatAreLettersKeepTheGoldByTheirPlace) {
  const auto rows = loaded(hub_);
  const Item& visual_field = item_of(rows, "MM-168");
  EXPECT_THAT(visual_field.options, ElementsAre("G", "E", "C", "D", "F"));
  EXPECT_EQ(visual_field.gold_option, 1U);
  EXPECT_EQ(visual_field.gold, "E");
  EXPECT_THAT(item_of(rows, "MM-18").options, ElementsAre("Figure C", "Figure D", "Figure B", "Figure A", "Figure E"));
  EXPECT_EQ(item_of(rows, "MM-300").options[2], "C and B");
  int of_letters = 0;
  int equal = 0;
  for (const auto& item : rows.items) {
    const auto is_letter = [](const std::string& text) { return text.size() == 1 && text[0] >= 'A' && text[0] <= 'Z'; };
    if (!std::all_of(item.options.begin(), item.options.end(), is_letter)) continue;
    ++of_letters;
    equal += item.gold[0] == option_letter(item.gold_option.value()) ? 1 : 0;
  }
  EXPECT_EQ(of_letters, 81);
  EXPECT_EQ(equal, 14);
}

TEST_F(RealMedXpertQa, SixImagesComeInTheOrderOfTheirLetters) {
  const auto rows = loaded(hub_);
  for (const auto& item : rows.items) {
    for (std::size_t k = 0; k < item.images.size(); ++k) {
      const std::string start = fmt::format("{}-{}.", item.id, static_cast<char>('a' + k));
      EXPECT_THAT(item.images[k].key, testing::StartsWith(start));
    }
  }
}

TEST_F(MedXpertQa, ImagesLieInTheZipBesideTheFolderMm) {
  write("MM/test.jsonl", json_lines({row("MM-0", {"MM-0-a.jpeg", "MM-0-b.png"}), row("MM-250", {"MM-250-a.JPG"})}));
  zip("images.zip", {"images/MM-0-a.jpeg", "images/MM-0-b.png", "images/MM-250-a.JPG"});
  const auto rows = loaded();
  EXPECT_THAT(rows.problems, IsEmpty());
  for (const auto& item : rows.items) {
    EXPECT_THAT(image_bytes(item), Each(fixture_bytes("png_rgb_8.png"))) << item.id;
  }
  EXPECT_EQ(rows.items[0].images[1].file, folder_ / "images.zip/images/MM-0-b.png");
}

TEST_F(MedXpertQa, ImagesLieInAnUnpackedFolder) {
  write("MM/test.jsonl", json_lines({row("MM-0", {"MM-0-a.jpeg"})}));
  picture("images/MM-0-a.jpeg");
  EXPECT_THAT(loaded().problems, IsEmpty());
}

TEST_F(MedXpertQa, TheCaseOfAnExtensionCounts) {
  write("MM/test.jsonl", json_lines({row("MM-250", {"MM-250-a.JPG"})}));
  picture("images/MM-250-a.jpg");
  EXPECT_THAT(said(loaded().problems),
              ElementsAre("MM-250: has no image " + (folder_ / "images/MM-250-a.JPG").string()));
  picture("images/MM-250-a.JPG");
  EXPECT_THAT(loaded().problems, IsEmpty());
}

TEST_F(MedXpertQa, OneToSixImagesKeepTheOrderOfTheirList) {
  std::vector<Json> lines;
  for (int count = 1; count <= 6; ++count) {
    std::vector<std::string> names;
    // Backwards, so that no order but the list's own will do.
    for (int k = count; k > 0; --k) names.push_back(fmt::format("MM-{}-{}.png", count, k));
    for (const auto& name : names) write("images/" + name, name);
    lines.push_back(row(fmt::format("MM-{}", count), names));
  }
  write("MM/test.jsonl", json_lines(lines));
  const auto rows = loaded();
  for (std::size_t i = 0; i < 6; ++i) {
    std::vector<std::string> names;
    for (const auto& name : lines[i]["images"]) names.push_back(name.get<std::string>());
    EXPECT_EQ(image_bytes(rows.items[i]), names);
    EXPECT_EQ(rows.items[i].strata.at("n_images"), std::to_string(i + 1));
  }
}

TEST_F(MedXpertQa, TheDevelopmentSplitIsAFileOfItsOwn) {
  write("MM/dev.jsonl", json_lines({row("MM-dev-0", {})}));
  EXPECT_THAT(ids_of(loaded(split("dev"))), ElementsAre("MM-dev-0"));
  EXPECT_FALSE(load());
}

TEST_F(MedXpertQa, TheTextSubsetIsNotTakenForIt) {
  Json text = row("Text-0", {});
  text.erase("images");
  write("Text/test.jsonl", json_lines({text}));
  EXPECT_THAT(message_of(load()), HasSubstr("no file of medxpertqa-mm"));
}

TEST_F(MedXpertQa, AMirrorInParquetHoldsListsOfImages) {
  const std::string images =
      fmt::format("[{}, {}]", sql_picture("png_rgb_8.png", "MM-0-a.jpeg"), sql_picture("bmp_grey.bmp", "MM-0-b.jpeg"));
  const std::string rest = "'Diagnosis' AS medical_task, 'Skeletal' AS body_system, 'Reasoning' AS question_type";
  const std::string question = "'What?' || chr(10) || 'Answer Choices: (A) x (B) y' AS question";
  // Options as a struct, or as the text of a dictionary.
  for (const auto* options : {"{'A': 'x', 'B': 'y'}", "'{''A'': ''x'', ''B'': ''y''}'"}) {
    parquet("datasets--ChuGyouk--MedXpertQA/MM/test-00000-of-00001.parquet",
            fmt::format("SELECT 'MM-0' AS id, {}, {} AS options, 'B' AS label, {} AS images, {}", question, options,
                        images, rest));
    const auto rows = loaded();
    EXPECT_EQ(rows.form, "parquet");
    EXPECT_THAT(rows.problems, IsEmpty());
    const Item& item = item_of(rows, "MM-0");
    EXPECT_EQ(item.question, "What?");
    EXPECT_THAT(item.options, ElementsAre("x", "y"));
    EXPECT_EQ(item.gold, "y");
    EXPECT_EQ(item.capability, Capability::reasoning);
    EXPECT_THAT(image_bytes(item), ElementsAre(fixture_bytes("png_rgb_8.png"), fixture_bytes("bmp_grey.bmp")));
  }
}

TEST_F(MedXpertQa, TheTableOfVlmEvalKitHoldsImagesInBase64) {
  const std::string one = fixture_bytes("png_rgb_8.png");
  const std::string two = fixture_bytes("bmp_grey.bmp");
  const std::string question = csv_cell("Which \"side\"?\nAnswer Choices: (A) a (B) b (C) c (D) d (E) e");
  const std::string rest = "\ta\tb\tc\td\te\tD\tDiagnosis\tUrinary\tReasoning\n";
  const std::string list = fmt::format("['{}', '{}']", base64_of(one), base64_of(two));
  write("MedXpertQA_MM_test.tsv",
        "index\timage\tquestion\tA\tB\tC\tD\tE\tanswer\tmedical_task\tbody_system\tquestion_type\n0\t" +
            base64_of(one) + '\t' + question + rest + "1\t" + csv_cell(list) + '\t' + question + rest + "2\t1\t" +
            question + rest + "3\t7\t" + question + rest);
  const auto rows = loaded();
  EXPECT_EQ(rows.form, "vlmevalkit");
  EXPECT_THAT(ids_of(rows), ElementsAre("MM-0", "MM-1", "MM-2", "MM-3"));
  for (const auto& item : rows.items) {
    EXPECT_EQ(item.question, "Which \"side\"?");
    EXPECT_EQ(item.gold_option, 3U);
    EXPECT_EQ(item.strata.at("body_system"), "Urinary");
  }
  EXPECT_THAT(image_bytes(rows.items[0]), ElementsAre(one));
  EXPECT_THAT(image_bytes(rows.items[1]), ElementsAre(one, two));
  EXPECT_THAT(image_bytes(rows.items[2]), ElementsAre(one, two));
  EXPECT_THAT(said(rows.problems),
              ElementsAre("MM-3: points to the image of the row '7', which does not stand before it"));
}

TEST_F(MedXpertQa, TheRowsOfMedVlThinkerHaveTheirLabelsInAJsonText) {
  const std::string images = fmt::format("[{}]", sql_picture("png_rgb_8.png", "x.png"));
  const auto sql_row = [&](const std::string& set, const std::string& misc) {
    return fmt::format(
        "{}, 'What?', '{{\"A\": \"a\", \"B\": \"b\", \"C\": \"c\", \"D\": \"d\", \"E\": \"e\"}}', 'C', "
        "'c', '{}', 7, '{}'",
        images, set, misc);
  };
  parquet("data/test-00000-of-00001.parquet",
          "SELECT * FROM " +
              sql_rows("images, question, options, answer_label, answer, dataset_name, dataset_index, misc",
                       {sql_row("pmc_vqa", "null"),
                        sql_row("MedXpertQA-MM", R"({"id": "MM-12", "body_system": "Skeletal", )"
                                                 R"("medical_task": "Treatment", "question_type": "Reasoning"})")}));
  const auto rows = loaded();
  EXPECT_EQ(rows.form, "medvlthinker");
  EXPECT_THAT(rows.problems, IsEmpty());
  ASSERT_THAT(ids_of(rows), ElementsAre("MM-12"));
  const Item& item = rows.items.front();
  EXPECT_THAT(item.options, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(item.gold, "c");
  EXPECT_EQ(item.capability, Capability::reasoning);
  EXPECT_EQ(item.strata.at("medical_task"), "Treatment");
  EXPECT_THAT(image_bytes(item), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

}  // namespace
}  // namespace osler::test
