#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "dataset/benchmarks/support.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/row_set_name.h"
#include "osler/storage/files.h"
#include "storage/zip_maker.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kBundle = "FreedomIntelligence/Medical_Multimodal_Evaluation_Data";
const std::string kCommit(40, 'a');

/// All sources of the study's suite, in small.
class Liu2025 : public FolderTest {
 protected:
  static std::string bundle() {
    const std::map<std::string, std::string> answers{{"OmniMedVQA", "CT"},   {"PathVQA_test", "yes"},
                                                     {"PMC-VQA_test", "CT"}, {"SLAKE_test", "No"},
                                                     {"VQA-RAD_test", "no"}, {"MMMU_Medical_Validation", "CT"}};
    Json rows = Json::array();
    for (int round = 0; round < 2; ++round) {
      for (const auto& [set, answer] : answers) {
        Json options = answer == "CT" ? Json{"MRI", "CT"} : Json{"yes", "no"};
        rows.push_back({{"image", {fmt::format("images/{}_{}.png", set, round)}},
                        {"question", "What is " + set + "?"},
                        {"options", options},
                        {"answer", answer},
                        {"dataset", set},
                        {"subset", "CT(Computed Tomography)"}});
      }
    }
    rows.push_back(rows[0]);
    rows.back()["dataset"] = "MMMU_Medical_Validation";
    rows.back()["question_type"] = "open";
    return rows.dump();
  }

  static std::vector<ZipMember> bundled_images() {
    std::vector<ZipMember> members;
    for (const auto& row : Json::parse(bundle())) {
      const auto name = row["image"][0].get<std::string>();
      const auto same = [&name](const ZipMember& member) { return member.name == name; };
      if (std::none_of(members.begin(), members.end(), same)) members.push_back({name, fixture_bytes("png_rgb_8.png")});
    }
    return members;
  }

  static std::string med() {
    return json_lines({{{"id", "MM-0"},
                        {"question", "What?\nAnswer Choices: (A) x (B) y"},
                        {"options", {{"A", "x"}, {"B", "y"}}},
                        {"label", "A"},
                        {"images", Json::array({"MM-0-a.jpeg"})},
                        {"medical_task", "Diagnosis"},
                        {"body_system", "Nervous"},
                        {"question_type", "Reasoning"}}});
  }

  static std::string slake() {
    return Json::array({{{"img_name", "xmlab102/source.jpg"},
                         {"question", "Is it?"},
                         {"answer", "No"},
                         {"q_lang", "en"},
                         {"location", "Lung"},
                         {"modality", "CT"},
                         {"answer_type", "CLOSED"},
                         {"base_type", "vqa"},
                         {"qid", 11938},
                         {"content_type", "Organ"}}})
        .dump();
  }

  static std::string pmc() {
    return "Figure_path,Question,Answer,Choice A,Choice B,Choice C,Choice D,Answer_label\n"
           "a.jpg,What?,x, A:x , B:y , C:z , D:w ,A\n";
  }

  std::string bytes_of_zip(const std::vector<ZipMember>& members) const {
    const fs::path made = folder_ / "made.zip";
    auto bytes = make_zip(made, members);
    fs::remove(made);
    return bytes;
  }

  std::string zip_with(const std::string& member, const std::string& content = fixture_bytes("png_rgb_8.png")) const {
    return bytes_of_zip({{member, content}});
  }

  /// Parquet as on the hub: so many rows, every second answered by yes or no, the others by a word.
  std::string questions(int rows, const std::string& word) const {
    const auto path = parquet(
        "made.parquet", fmt::format("SELECT {} AS image, 'what ' || i AS question, CASE WHEN i % 2 = 0 THEN 'yes' ELSE "
                                    "'{}' END AS answer FROM range({}) t(i)",
                                    sql_picture("png_rgb_8.png", "x.jpg"), word, rows));
    return take(path);
  }

  std::string mmmu(const std::string& subject) const {
    std::string images;
    for (int k = 2; k <= 7; ++k) images += fmt::format("NULL::STRUCT(bytes BLOB, path VARCHAR) AS image_{}, ", k);
    return take(parquet("made.parquet",
                        fmt::format("SELECT 'validation_{}_1' AS id, 'What?' AS question, '[''x'', ''y'']' AS options, "
                                    "{} AS image_1, {} 'A' AS answer, 'Easy' AS topic_difficulty, 'multiple-choice' AS "
                                    "question_type, 'Sub' AS subfield",
                                    subject, sql_picture("png_rgb_8.png", "a.png"), images)));
  }

  static std::string take(const fs::path& path) {
    auto bytes = read_file(path).value();
    fs::remove(path);
    return bytes;
  }

  /// Puts a file into a cache as the hub's libraries do: its content in a blob that is named by its hash.
  fs::path cached(const std::string& repo, const std::string& commit, const std::string& name,
                  const std::string& content) const {
    std::string folder = "datasets--" + repo;
    folder.replace(folder.find('/'), 1, "--");
    const std::string blob = fmt::format("{:064x}", std::hash<std::string>{}(name + content));
    write("hub/" + folder + "/blobs/" + blob, content);
    write("hub/" + folder + "/refs/main", commit);
    fs::path link = folder_ / "hub" / folder / "snapshots" / commit / name;
    fs::create_directories(link.parent_path());
    const auto up = fs::relative(folder_ / "hub" / folder / "blobs" / blob, link.parent_path());
    fs::create_symlink(up, link);
    return link;
  }

  /// A benchmark's pinned commit in one of its forms.
  static std::string pinned(const std::string& benchmark, const std::string& form_name) {
    const Card card = find_card(benchmark).value();
    for (const auto& form : card.forms) {
      if (form.name == form_name) return form.hub.revision;
    }
    return {};
  }

  DataPlaces cache() const {
    DataPlaces places;
    places.hub_cache = folder_ / "hub";
    return places;
  }

  /// Names of the suite's row sets, as they are found; every one must be whole and its images readable.
  static std::vector<std::string> found(const DataPlaces& places) {
    std::vector<std::string> names;
    const auto members = expand_row_set_names({"liu2025"});
    EXPECT_TRUE(members) << message_of(members);
    for (const auto& member : members.value()) {
      const auto rows =
          load_row_set(find_card(member.benchmark).value(), {member.split, {}, member.subset, {}}, places);
      EXPECT_TRUE(rows) << member.benchmark << ": " << message_of(rows);
      if (!rows) continue;
      EXPECT_THAT(said(rows->problems), IsEmpty()) << rows->name();
      EXPECT_THAT(decode_failures(*rows), IsEmpty()) << rows->name();
      names.push_back(rows->name());
    }
    return names;
  }
};

TEST_F(Liu2025, EveryMemberLoadsFromTheBundleAndMedXpertQa) {
  write("bundle/medical_multimodel_evaluation_data.json", bundle());
  write("bundle/images.zip", bytes_of_zip(bundled_images()));
  write("MedXpertQA/MM/test.jsonl", med());
  write("MedXpertQA/images.zip", zip_with("images/MM-0-a.jpeg"));
  EXPECT_THAT(found({folder_}),
              ElementsAre("medxpertqa-mm:test (hf)", "omnimedvqa:bundle (huatuo)", "pmc-vqa:test_clean (huatuo)",
                          "pathvqa:test/closed (huatuo)", "mmmu-medical:validation/mcq (huatuo)",
                          "slake:test/closed (huatuo)", "vqa-rad:test/yes_no (huatuo)"));
}

TEST_F(Liu2025, EveryMemberPrefersItsOwnFormToTheBundle) {
  write("bundle/medical_multimodel_evaluation_data.json", bundle());
  write("bundle/images.zip", bytes_of_zip(bundled_images()));
  write("MedXpertQA/medxpertqa_mm_input.jsonl", med());
  write("MedXpertQA/images/MM-0-a.jpeg", fixture_bytes("png_rgb_8.png"));
  write("PMC-VQA/test_clean.csv", pmc());
  write("PMC-VQA/images.zip", zip_with("images/a.jpg"));
  write("data_PathVQA/pathvqa_test.json", R"([{"image": "test_0", "question": "is it?", "answer": "no"}])");
  write("data_PathVQA/images/test/test_0.jpg", fixture_bytes("png_rgb_8.png"));
  for (const auto* subject : {"Pharmacy", "Public_Health"}) {
    write(fmt::format("MMMU/{}/validation-00000-of-00001.parquet", subject), mmmu(subject));
  }
  write("Slake1.0/test.json", slake());
  write("Slake1.0/imgs/xmlab102/source.jpg", fixture_bytes("png_rgb_8.png"));
  write("vqa/data/test-00000-of-00001.parquet", questions(451, "lung"));
  EXPECT_THAT(found({folder_}),
              ElementsAre("medxpertqa-mm:test (github)", "omnimedvqa:bundle (huatuo)", "pmc-vqa:test_clean (hf)",
                          "pathvqa:test/closed (json)", "mmmu-medical:validation/mcq (hf)",
                          "slake:test/closed (original)", "vqa-rad:test/yes_no (hf)"));
}

TEST_F(Liu2025, EveryMemberLoadsFromTheHubsCacheThroughLinks) {
  cached(kBundle, kCommit, "medical_multimodel_evaluation_data.json", bundle());
  cached(kBundle, kCommit, "images.zip", bytes_of_zip(bundled_images()));
  cached("TsinghuaC3I/MedXpertQA", pinned("medxpertqa-mm", "hf"), "MM/test.jsonl", med());
  cached("TsinghuaC3I/MedXpertQA", pinned("medxpertqa-mm", "hf"), "images.zip", zip_with("images/MM-0-a.jpeg"));
  cached("RadGenome/PMC-VQA", pinned("pmc-vqa", "hf"), "test_clean.csv", pmc());
  cached("RadGenome/PMC-VQA", pinned("pmc-vqa", "hf"), "images.zip", zip_with("images/a.jpg"));
  cached("MMMU/MMMU", pinned("mmmu-medical", "hf"), "Pharmacy/validation-00000-of-00001.parquet", mmmu("Pharmacy"));
  cached("MMMU/MMMU", pinned("mmmu-medical", "hf"), "Clinical_Medicine/validation-00000-of-00001.parquet",
         mmmu("Clinical_Medicine"));
  cached("BoKelvin/SLAKE", pinned("slake", "original"), "test.json", slake());
  cached("BoKelvin/SLAKE", pinned("slake", "original"), "imgs.zip", zip_with("imgs/xmlab102/source.jpg"));
  cached("flaviagiammarino/vqa-rad", pinned("vqa-rad", "hf"), "data/test-00000-of-00001.parquet",
         questions(451, "lung"));
  EXPECT_THAT(found(cache()),
              ElementsAre("medxpertqa-mm:test (hf)", "omnimedvqa:bundle (huatuo)", "pmc-vqa:test_clean (hf)",
                          "pathvqa:test/closed (huatuo)", "mmmu-medical:validation/mcq (hf)",
                          "slake:test/closed (original)", "vqa-rad:test/yes_no (hf)"));
}

TEST_F(Liu2025, ImagesInAZipThatIsALinkAreFoundByTheLinksName) {
  cached("BoKelvin/SLAKE", pinned("slake", "original"), "test.json", slake());
  const auto link =
      cached("BoKelvin/SLAKE", pinned("slake", "original"), "imgs.zip", zip_with("imgs/xmlab102/source.jpg"));
  ASSERT_FALSE(fs::canonical(link).has_extension());
  const auto rows = load_row_set(find_card("slake").value(), {}, cache());
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_EQ(rows->items.at(0).images[0].file, link / "imgs/xmlab102/source.jpg");
  EXPECT_THAT(image_bytes(rows->items[0]), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

TEST_F(Liu2025, AZipThatHoldsDataAndImagesIsReadThroughItsLink) {
  const Json row{{"dataset", "ACRIMA"},
                 {"question_id", "ACRIMA_0000"},
                 {"question_type", "Disease Diagnosis"},
                 {"question", "What?"},
                 {"gt_answer", "x"},
                 {"image_path", "Images/ACRIMA/a%20(1).png"},
                 {"option_A", "x"},
                 {"option_B", "y"},
                 {"modality_type", "Fundus Photography"}};
  cached("foreverbeliever/OmniMedVQA", pinned("omnimedvqa", "original"), "OmniMedVQA.zip",
         bytes_of_zip({{"OmniMedVQA/QA_information/Open-access/ACRIMA.json", Json::array({row}).dump(), true},
                       {"OmniMedVQA/Images/ACRIMA/a%20(1).png", fixture_bytes("png_rgb_8.png")}}));
  const auto rows = load_row_set(find_card("omnimedvqa").value(), {}, cache());
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_THAT(said(rows->problems), IsEmpty());
  EXPECT_THAT(image_bytes(rows->items.at(0)), ElementsAre(fixture_bytes("png_rgb_8.png")));
}

TEST_F(Liu2025, AnotherRevisionThanThePinnedOneIsTakenAndSaid) {
  cached("BoKelvin/SLAKE", kCommit, "test.json", slake());
  cached("BoKelvin/SLAKE", kCommit, "imgs.zip", zip_with("imgs/xmlab102/source.jpg"));
  const auto other = load_row_set(find_card("slake").value(), {}, cache());
  ASSERT_TRUE(other) << message_of(other);
  EXPECT_THAT(other->notes,
              testing::Contains(fmt::format("BoKelvin/SLAKE is taken at the revision {}, because {}, which its "
                                            "card names, is not in the cache",
                                            kCommit, pinned("slake", "original"))));
  cached("BoKelvin/SLAKE", pinned("slake", "original"), "test.json", slake());
  const auto asked = load_row_set(find_card("slake").value(), {}, cache());
  ASSERT_TRUE(asked) << message_of(asked);
  EXPECT_THAT(asked->notes, Not(Contains(HasSubstr("is taken at the revision"))));
  EXPECT_THAT(asked->files.at(0).string(), HasSubstr(pinned("slake", "original")));
}

TEST_F(Liu2025, BenchmarksWithTheSameSchemaAreToldApartByTheirSizes) {
  write("a/data/test-00000-of-00001.parquet", questions(451, "of vqa-rad"));
  write("b/data/test-00000-of-00001.parquet", questions(6719, "of pathvqa"));
  write("c/data/test-00000-of-00001.parquet", questions(1061, "of slake"));
  for (const auto* benchmark : {"vqa-rad", "pathvqa", "slake"}) {
    const auto rows = load_row_set(find_card(benchmark).value(), {}, {folder_});
    ASSERT_TRUE(rows) << message_of(rows);
    EXPECT_EQ(rows->items.at(1).gold, std::string("of ") + benchmark);
    // Nothing is said of the other two: they would not do as well.
    EXPECT_THAT(rows->notes, IsEmpty()) << benchmark;
  }
}

TEST_F(Liu2025, BenchmarksWithTheSameSchemaAreToldApartByTheirFolders) {
  // Parts of them, whose size says nothing.
  write("flaviagiammarino/vqa-rad/data/test-00000-of-00001.parquet", questions(10, "of vqa-rad"));
  write("flaviagiammarino/path-vqa/data/test-00000-of-00001.parquet", questions(20, "of pathvqa"));
  for (const auto* benchmark : {"vqa-rad", "pathvqa"}) {
    const auto rows = load_row_set(find_card(benchmark).value(), {}, {folder_});
    ASSERT_TRUE(rows) << message_of(rows);
    EXPECT_EQ(rows->items.at(1).gold, std::string("of ") + benchmark);
  }
  EXPECT_THAT(message_of(load_row_set(find_card("slake").value(), {}, {folder_})),
              HasSubstr("it is another benchmark's, or a part"));
}

}  // namespace
}  // namespace osler::test
