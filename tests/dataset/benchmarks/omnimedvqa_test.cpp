#include <fmt/format.h>
#include <gmock/gmock.h>

#include "dataset/benchmarks/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kOpenAccess = "QA_information/Open-access/";

class OmniMedVqa : public BenchmarkTest {
 protected:
  OmniMedVqa() : BenchmarkTest("omnimedvqa") {}

  /// A row as the collection has it, with as many options as there are.
  static Json row(const std::string& id, const std::string& image, const std::string& gold,
                  const std::vector<std::string>& options = {"CT", "MRI", "Ultrasound", "X-ray"}) {
    Json made{{"dataset", "Chest CT Scan"},
              {"question_id", id},
              {"question_type", "Modality Recognition"},
              {"question", "What imaging technique was used?"},
              {"gt_answer", gold},
              {"image_path", image},
              {"modality_type", "CT(Computed Tomography)"}};
    for (std::size_t i = 0; i < options.size(); ++i) made[fmt::format("option_{}", option_letter(i))] = options[i];
    return made;
  }

  /// The one item of a file with one row; its image is there.
  RowSet one(const std::string& gold, const std::vector<std::string>& options) const {
    picture("Images/a.png");
    write(kOpenAccess + "a.json", Json::array({row("a", "Images/a.png", gold, options)}).dump());
    return loaded();
  }

  /// A row of the bundle. The first of the file has other keys than some of its rows.
  static Json bundled(const std::string& set, const Json& options, const std::string& gold) {
    return {{"image", {"images/ankle071718.png"}},
            {"question", "Which modality?"},
            {"options", options},
            {"answer", gold},
            {"dataset", set},
            {"subset", "MR (Mag-netic Resonance Imaging)"}};
  }
};

class RealOmniMedVqa : public OmniMedVqa {
 protected:
  void SetUp() override {
    OmniMedVqa::SetUp();
    need(root_);
  }

  fs::path root_ = real_data("omnimedvqa/OmniMedVQA");
};

TEST_F(RealOmniMedVqa, FortyOneFilesAreOneRowSet) {
  const auto rows = loaded(root_);
  EXPECT_EQ(rows.name(), "omnimedvqa:open_access (original)");
  EXPECT_THAT(rows.files, SizeIs(41));
  EXPECT_TRUE(std::is_sorted(rows.files.begin(), rows.files.end()));
  EXPECT_EQ(kinds_of(rows), (Counts{{"mcq", 32299}}));
  const Counts datasets = stratum_of(rows, "dataset");
  EXPECT_EQ(datasets.size(), 41U);
  EXPECT_EQ(datasets.at("ACRIMA"), 159U);
  EXPECT_EQ(datasets.at("Retinal OCT-C8"), 4016U);
  EXPECT_EQ(datasets.at("Pulmonary Chest MC"), 38U);
}

TEST_F(RealOmniMedVqa, ModalitiesHaveOneSpellingAlsoInTheRowThatCallsItsColumnModality) {
  const auto rows = loaded(root_);
  EXPECT_EQ(
      stratum_of(rows, "modality"),
      (Counts{
          {"X-Ray", 7916}, {"Dermoscopy", 6679}, {"Microscopy", 5680}, {"Fundus", 5398}, {"OCT", 4646}, {"CT", 1980}}));
}

TEST_F(RealOmniMedVqa, QuestionTypesAreCountedAsInTheListOfFilesWithoutRadImageNet) {
  EXPECT_EQ(stratum_of(loaded(root_), "question_type"), (Counts{{"Modality Recognition", 11565 - 6306},
                                                                {"Anatomy Identification", 16448 - 10018},
                                                                {"Disease Diagnosis", 55387 - 40356},
                                                                {"Lesion Grading", 2098},
                                                                {"Other Biological Attributes", 3498 - 17}}));
}

TEST_F(RealOmniMedVqa, TwoThreeAndFourOptionsAreThereAndEveryGoldTextFindsItsLetter) {
  const auto rows = loaded(root_);
  EXPECT_EQ(stratum_of(rows, "n_options"), (Counts{{"4", 28880}, {"2", 3297}, {"3", 122}}));
  EXPECT_THAT(problems_of(rows), IsEmpty());
  for (const auto& item : rows.items) {
    ASSERT_TRUE(item.gold_option.has_value()) << item.id;
    EXPECT_EQ(item.options.at(*item.gold_option), item.gold) << item.id;
  }
}

TEST_F(RealOmniMedVqa, ThreeRowsOfferAnOptionTwice) {
  EXPECT_THAT(said(loaded(root_).remarks), ElementsAre("Chest CT Scan_R00525: has the option 'Stage IIId' twice",
                                                       "Chest CT Scan_R00541: has the option 'Stage IIId' twice",
                                                       "Chest CT Scan_R00546: has the option 'Stage IIId' twice"));
}

TEST_F(RealOmniMedVqa, TheImagesThatAreHereAreFound) {
  const auto rows = loaded(root_);
  std::size_t found = 0;
  for (const auto& item : rows.items) {
    for (const auto& image : item.images) found += rows.missing_images.contains(image.file) ? 0U : 1U;
  }
  // Rows of RadImageNet, which have images here too, are not.
  const auto with_image = real_json(root_ / "../rows_with_image_present.json");
  std::size_t expected = 0;
  for (const auto& row : with_image) expected += row["dataset"] == "RadImageNet" ? 0U : 1U;
  EXPECT_GT(expected, 0U);
  EXPECT_EQ(found, expected);
}

TEST_F(OmniMedVqa, OddImageNamesAreTakenAsTheyStandInAFolder) {
  // "%20" and "%0" are part of names, not signs in disguise.
  const std::vector<std::string> names{"Images/Chest CT Scan/test/a_T2 (6).png", "Images/OCT & X-Ray 2017/b.png",
                                       "Images/x/52%0...png", "Images/x/c%20d.png", "Images/x/e#1+2.png"};
  Json rows = Json::array();
  for (const auto& name : names) {
    rows.push_back(row(name, name, "CT"));
    write("OmniMedVQA/" + name, name);
  }
  write("OmniMedVQA/" + kOpenAccess + "a.json", rows.dump());
  const auto set = loaded();
  EXPECT_THAT(set.problems, IsEmpty());
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_THAT(image_bytes(set.items.at(i)), ElementsAre(names[i]));
  EXPECT_FALSE(fs::exists(folder_ / "OmniMedVQA/Images/x/c d.png"));
}

TEST_F(OmniMedVqa, TheZipIsReadInPlace) {
  const std::vector<std::string> names{"Images/Chest CT Scan/test/a_T2 (6).png", "Images/OCT & X-Ray 2017/b.png",
                                       "Images/x/52%0...png", "Images/x/c%20d.png"};
  Json first = Json::array({row("1", names[0], "CT"), row("2", names[1], "MRI")});
  Json second = Json::array({row("3", names[2], "CT"), row("4", names[3], "Ultrasound")});
  std::map<std::string, std::string> files{{"OmniMedVQA/" + kOpenAccess + "Chest CT Scan.json", first.dump()},
                                           {"OmniMedVQA/" + kOpenAccess + "OCT & X-Ray 2017.json", second.dump()}};
  for (const auto& name : names) files["OmniMedVQA/" + name] = name;
  zip("OmniMedVQA.zip", {}, files);
  const auto zipped = loaded();
  EXPECT_THAT(zipped.problems, IsEmpty());
  EXPECT_THAT(ids_of(zipped), ElementsAre("1", "2", "3", "4"));
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_THAT(image_bytes(zipped.items.at(i)), ElementsAre(names[i]));
  // And it is the row set of the unpacked folder.
  const fs::path unpacked = folder_ / "unpacked";
  for (const auto& [name, content] : files) write("unpacked/" + name, content);
  EXPECT_EQ(loaded(unpacked).hash(), zipped.hash());
  // The zip itself may be named.
  EXPECT_EQ(loaded(folder_ / "OmniMedVQA.zip").hash(), zipped.hash());
}

TEST_F(OmniMedVqa, ARestrictedCollectionIsASplitOfItsOwn) {
  write(kOpenAccess + "a.json", Json::array({row("open", "Images/a.png", "CT")}).dump());
  write("QA_information/Restricted-access/AIDA.json", Json::array({row("closed", "Images/b.png", "CT")}).dump());
  EXPECT_THAT(ids_of(loaded()), ElementsAre("open"));
  const auto restricted = loaded(split("restricted"));
  EXPECT_EQ(restricted.name(), "omnimedvqa:restricted (original)");
  EXPECT_THAT(ids_of(restricted), ElementsAre("closed"));
  EXPECT_THAT(said(restricted.problems), ElementsAre(HasSubstr("closed: has no image ")));
}

TEST_F(OmniMedVqa, ARowWithTheKeyModalityHasItsModality) {
  Json odd = row("odd", "Images/a.png", "CT");
  odd["modality"] = odd["modality_type"];
  odd.erase("modality_type");
  write(kOpenAccess + "Chest CT Scan.json", Json::array({odd, row("even", "Images/a.png", "CT")}).dump());
  EXPECT_EQ(stratum_of(loaded(), "modality"), (Counts{{"CT", 2}}));
}

TEST_F(OmniMedVqa, EveryModalityHasAShortName) {
  const std::map<std::string, std::string> expected{{"CT(Computed Tomography)", "CT"},
                                                    {"Dermoscopy", "Dermoscopy"},
                                                    {"Fundus Photography", "Fundus"},
                                                    {"MR (Mag-netic Resonance Imaging)", "MRI"},
                                                    {"Microscopy Images", "Microscopy"},
                                                    {"OCT (Optical Coherence Tomography", "OCT"},
                                                    {"X-Ray", "X-Ray"},
                                                    {"ultrasound", "Ultrasound"}};
  Json rows = Json::array();
  for (const auto& [written, name] : expected) {
    rows.push_back(row(written, "Images/a.png", "CT"));
    rows.back()["modality_type"] = written;
  }
  write(kOpenAccess + "a.json", rows.dump());
  const auto set = loaded();
  for (const auto& [written, name] : expected) EXPECT_EQ(item_of(set, written).strata.at("modality"), name);
}

TEST_F(OmniMedVqa, OptionsThatAreMissingOrNullAreNone) {
  Json null = row("null", "Images/a.png", "MRI", {"CT", "MRI"});
  null["option_C"] = nullptr;
  null["option_D"] = nullptr;
  write(kOpenAccess + "a.json",
        Json::array({row("two", "Images/a.png", "CT", {"CT", "MRI"}), null, row("four", "Images/a.png", "X-ray")})
            .dump());
  const auto set = loaded();
  EXPECT_THAT(item_of(set, "two").options, ElementsAre("CT", "MRI"));
  EXPECT_THAT(item_of(set, "null").options, ElementsAre("CT", "MRI"));
  EXPECT_EQ(item_of(set, "null").gold_option, 1U);
  EXPECT_EQ(item_of(set, "four").gold_option, 3U);
  EXPECT_THAT(problems_of(set), IsEmpty());
}

TEST_F(OmniMedVqa, AGoldThatDiffersInCaseSpacesOrFullStopFindsItsOption) {
  for (const auto* gold : {"x-ray", "X-RAY.", " X-ray ", "X-ray.", "X-ray"}) {
    const auto set = one(gold, {"CT", "X-ray", "MRI"});
    EXPECT_EQ(set.items.front().gold_option, 1U) << gold;
    EXPECT_EQ(set.items.front().gold, "X-ray") << gold;
    EXPECT_THAT(set.problems, IsEmpty()) << gold;
  }
}

TEST_F(OmniMedVqa, AGoldThatFitsTwoOptionsOrNoneIsAProblemAndNoGuess) {
  const auto ambiguous = one("x-ray", {"X-ray", "CT", "X-Ray."});
  // Without its full stop one is equal but for case: the closer one counts, which is no guess.
  EXPECT_EQ(ambiguous.items.front().gold_option, 0U);
  const auto twice = one("x-ray", {"X-ray", "CT", "X-RAY"});
  EXPECT_FALSE(twice.items.front().gold_option.has_value());
  EXPECT_THAT(said(twice.problems), ElementsAre("a: has the gold answer 'x-ray', which is none of its options"));
  const auto none = one("Ultrasound", {"X-ray", "CT"});
  EXPECT_FALSE(none.items.front().gold_option.has_value());
  EXPECT_THAT(said(none.problems), ElementsAre("a: has the gold answer 'Ultrasound', which is none of its options"));
}

TEST_F(OmniMedVqa, OfEqualOptionsTheFirstIsTheGoldAndTheOddityIsRemarkedOn) {
  const auto set = one("Stage IIId", {"Stage IIIa", "Stage IIId", "Stage IIId", "Stage IVa"});
  EXPECT_EQ(set.items.front().gold_option, 1U);
  EXPECT_THAT(said(set.remarks), ElementsAre("a: has the option 'Stage IIId' twice"));
  EXPECT_THAT(set.problems, IsEmpty());
}

TEST_F(OmniMedVqa, TheBundleIsASplitWithOptionsAsAListOrTheTextOfOne) {
  Json first = bundled("PathVQA_test", {"yes", "no"}, "yes");
  first["question_type"] = "closed";
  write("medical_multimodel_evaluation_data.json",
        Json::array({first, bundled("OmniMedVQA", {"MRI", "CT"}, "CT"),
                     bundled("OmniMedVQA", "[\"Ewing's sarcoma\", 'an \\'odd\\' one', 'CT']", "Ewing's sarcoma"),
                     bundled("OmniMedVQA", {"MRI", "CT"}, "?")})
            .dump());
  zip("images.zip", {"images/ankle071718.png"});
  const auto set = loaded(split("bundle"));
  EXPECT_EQ(set.name(), "omnimedvqa:bundle (huatuo)");
  EXPECT_THAT(ids_of(set), ElementsAre("huatuo-1", "huatuo-2", "huatuo-3"));
  EXPECT_EQ(set.items[0].gold_option, 1U);
  EXPECT_THAT(set.items[1].options, ElementsAre("Ewing's sarcoma", "an 'odd' one", "CT"));
  EXPECT_EQ(set.items[1].gold_option, 0U);
  EXPECT_EQ(stratum_of(set, "modality"), (Counts{{"MRI", 3}}));
  EXPECT_THAT(image_bytes(set.items[0]), ElementsAre(fixture_bytes("png_rgb_8.png")));
  EXPECT_THAT(said(set.problems),
              ElementsAre("huatuo-3: has a hidden gold answer ('?'), so no answer to it can be right"));
  // It is not the 88,996 questions that the benchmark's name stands for.
  EXPECT_FALSE(load());
}

TEST_F(OmniMedVqa, TheTablesOfVlmEvalKitAreOneRowSet) {
  const std::string header = "index\timage\tquestion\tA\tB\tC\tD\tanswer\n";
  const std::string image = base64_of(fixture_bytes("png_rgb_8.png"));
  for (const int part : {1, 2, 10, 30}) {
    write(fmt::format("omnimedbench_part_{}.tsv", part),
          header + fmt::format("{}\t{}\tWhich?\tCT\tMRI\t\t\tB\n", part * 100, image));
  }
  const auto set = loaded(split("vlmevalkit"));
  EXPECT_THAT(ids_of(set), ElementsAre("100", "1000", "200", "3000"));
  EXPECT_THAT(set.problems, IsEmpty());
  EXPECT_THAT(set.items[0].options, ElementsAre("CT", "MRI"));
  EXPECT_EQ(set.items[0].gold, "MRI");
  EXPECT_THAT(image_bytes(set.items[3]), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

TEST_F(OmniMedVqa, ATableDoesNotPointToTheImagesOfAnother) {
  const std::string header = "index\timage\tquestion\tA\tB\tanswer\n";
  write("part_1.tsv", header + "1\t" + base64_of(fixture_bytes("png_rgb_8.png")) + "\tWhich?\tCT\tMRI\tB\n");
  write("part_2.tsv", header + "2\t1\tWhich?\tCT\tMRI\tB\n");
  EXPECT_THAT(said(loaded(split("vlmevalkit")).problems),
              ElementsAre("2: points to the image of the row '1', which does not stand before it"));
}

}  // namespace
}  // namespace osler::test
