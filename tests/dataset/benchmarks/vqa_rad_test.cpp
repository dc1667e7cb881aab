#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "dataset/benchmarks/support.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/check.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class VqaRad : public test::FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    test::need(root_);
  }

  Result<RowSet> load(const std::string& below, const RowSetRequest& request = {}) const {
    return load_row_set(card_, request, {root_ / below});
  }

  static std::map<std::string, int> kinds(const RowSet& rows) {
    std::map<std::string, int> counts;
    for (const auto& item : rows.items) ++counts[std::string(name_of(item.kind))];
    return counts;
  }

  static void expect_whole(const DataReport& report) {
    for (const auto& problem : report.problems) ADD_FAILURE() << problem.item_id << ": " << problem.what;
    EXPECT_EQ(report.items, 451U);
    EXPECT_EQ(report.images, 451U);
    EXPECT_EQ(report.distinct_images, 203U);
  }

  fs::path root_ = test::real_data("vqa_rad");
  Card card_ = find_card("vqa-rad").value();
};

TEST_F(VqaRad, TheHubsFormLoads) {
  const auto rows = load("hf");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->name(), "vqa-rad:test (hf)");
  EXPECT_EQ(kinds(*rows), (std::map<std::string, int>{{"yes_no", 251}, {"open", 200}}));
  EXPECT_EQ(rows->subset_counts.at("closed"), 251U);
  EXPECT_EQ(rows->items.front().id, "test-0");
  for (const auto& item : rows->items) {
    EXPECT_FALSE(item.gold.empty()) << item.id;
    EXPECT_EQ(item.gold_option.has_value(), item.kind == Kind::yes_no) << item.id;
  }
}

TEST_F(VqaRad, EveryPictureOfTheHubsFormDecodes) {
  const auto rows = load("hf");
  ASSERT_TRUE(rows) << test::message_of(rows);
  expect_whole(check_data(card_, *rows, {}));
}

TEST_F(VqaRad, TheOriginalFormLoads) {
  const auto rows = load("osf");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->name(), "vqa-rad:test (osf)");
  EXPECT_EQ(kinds(*rows), (std::map<std::string, int>{{"yes_no", 251}, {"mcq", 21}, {"open", 179}}));
  EXPECT_EQ(rows->subset_counts, (std::map<std::string, std::uint64_t>{{"closed", 272}, {"open", 179}}));
  for (const auto& item : rows->items) {
    EXPECT_TRUE(item.strata.contains("organ")) << item.id;
    EXPECT_EQ(item.gold.find_first_of("\t\n"), std::string::npos) << item.id;
  }
}

TEST_F(VqaRad, EveryPictureOfTheOriginalFormDecodes) {
  const auto rows = load("osf");
  ASSERT_TRUE(rows) << test::message_of(rows);
  expect_whole(check_data(card_, *rows, {}));
}

TEST_F(VqaRad, SubsetsOfTheOriginalFormAreThoseOfItsColumn) {
  EXPECT_EQ(load("osf", {{}, {}, "closed", {}})->items.size(), 272U);
  EXPECT_EQ(load("osf", {{}, {}, "open", {}})->items.size(), 179U);
  EXPECT_EQ(load("osf", {{}, {}, "yes_no", {}})->items.size(), 251U);
}

TEST_F(VqaRad, TheOriginalFormHasATrainingSplit) {
  const auto rows = load("osf", {"train", {}, {}, {}});
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->items.size(), 1797U);
  // An answer that is a number in the file.
  const auto counted =
      std::find_if(rows->items.begin(), rows->items.end(), [](const Item& item) { return item.id == "1511"; });
  ASSERT_NE(counted, rows->items.end());
  EXPECT_EQ(counted->gold, "4");
}

TEST_F(VqaRad, ClosedQuestionsThatAskForAChoiceOfferEveryOptionOfTheirProse) {
  for (const auto* form : {"osf", "mumc_form"}) {
    const auto rows = load(form, {{}, {}, "mcq", {}});
    ASSERT_TRUE(rows) << test::message_of(rows);
    EXPECT_EQ(rows->items.size(), 21U);
    for (const auto& item : rows->items) {
      EXPECT_GE(item.options.size(), 2U) << item.id;
      EXPECT_TRUE(item.gold_option.has_value()) << item.id << ": " << item.question << " - " << item.gold;
    }
  }
}

TEST_F(VqaRad, TheFormOfMevfLoadsWithItsTrainingSplit) {
  const auto rows = load("mumc_form");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->name(), "vqa-rad:test (mevf)");
  EXPECT_EQ(rows->subset_counts, (std::map<std::string, std::uint64_t>{{"closed", 272}, {"open", 179}}));
  const auto train = load("mumc_form", {"train", {}, {}, {}});
  ASSERT_TRUE(train) << test::message_of(train);
  EXPECT_EQ(train->items.size(), 3064U);
  // Two rows say "CLOSED ", with a space.
  EXPECT_EQ(train->subset_counts.at("closed") + train->subset_counts.at("open"), 3064U);
}

TEST_F(VqaRad, BothFormsHoldTheSameQuestions) {
  const auto hub = load("hf");
  const auto original = load("osf");
  ASSERT_TRUE(hub && original);
  int yes_hub = 0;
  int yes_original = 0;
  const auto is_yes = [](const Item& item) { return item.kind == Kind::yes_no && item.gold_option == 0U ? 1 : 0; };
  for (const auto& item : hub->items) yes_hub += is_yes(item);
  for (const auto& item : original->items) yes_original += is_yes(item);
  EXPECT_EQ(yes_hub, yes_original);
}

TEST_F(VqaRad, SlicesOfTheTestAreCountedAsInTheFile) {
  const auto all = load("mumc_form");
  ASSERT_TRUE(all) << test::message_of(all);
  EXPECT_EQ(test::stratum_of(*all, "organ"), (test::Counts{{"CHEST", 174}, {"ABD", 158}, {"HEAD", 119}}));
  EXPECT_EQ(test::stratum_of(*all, "phrase_type"), (test::Counts{{"freeform", 308}, {"para", 143}}));
  const auto closed = load("mumc_form", {{}, {}, "yes_no", {}});
  EXPECT_EQ(test::stratum_of(*closed, "organ"), (test::Counts{{"CHEST", 109}, {"ABD", 96}, {"HEAD", 46}}));
  EXPECT_EQ(test::gold_of(*closed), (test::Counts{{"No", 104}, {"no", 29}, {"Yes", 67}, {"yes", 51}}));
}

TEST_F(VqaRad, ATabInsideAnAnswerIsASpace) {
  const auto rows = load("mumc_form");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(test::item_of(*rows, "754").gold, "Skull cartilage and medulla");
}

TEST_F(VqaRad, TheBundleOfHuatuoHasTheQuestionsOfYesOrNo) {
  Json rows = Json::array();
  const auto original = load("osf", {{}, {}, "yes_no", {}});
  ASSERT_TRUE(original) << test::message_of(original);
  for (const auto& item : original->items) {
    rows.push_back({{"image", {"images/" + item.images.at(0).key}},
                    {"question", item.question},
                    {"options", {"yes", "no"}},
                    {"answer", item.gold},
                    {"dataset", "VQA-RAD_test"},
                    {"subset", "VQA-RAD_test"}});
  }
  write("medical_multimodel_evaluation_data.json", rows.dump());
  const auto bundled = load_row_set(card_, {{}, {}, "closed", {}}, {folder_});
  ASSERT_TRUE(bundled) << test::message_of(bundled);
  EXPECT_EQ(bundled->name(), "vqa-rad:test/closed (huatuo)");
  EXPECT_EQ(kinds(*bundled), (std::map<std::string, int>{{"yes_no", 251}}));
  EXPECT_EQ(bundled->subset_counts.at("closed"), 251U);
  EXPECT_THAT(test::problems_of(*bundled), testing::IsEmpty());
}

TEST_F(VqaRad, TheRowsOfMedVlThinkerAreAllClosedQuestions) {
  std::vector<std::string> rows;
  const auto original = load("osf", {{}, {}, "closed", {}});
  ASSERT_TRUE(original) << test::message_of(original);
  for (const auto& item : original->items) {
    Json options = Json::object();
    for (std::size_t i = 0; i < item.options.size(); ++i) options[std::string(1, option_letter(i))] = item.options[i];
    rows.push_back(fmt::format("{}, {}, {}, '{}', {}", test::sql_text(item.question), test::sql_text(options.dump()),
                               test::sql_text(item.gold), option_letter(item.gold_option.value()), rows.size()));
  }
  parquet("data/test-00000-of-00001.parquet",
          fmt::format("SELECT *, [{}] AS images, 'vqa_rad_closed' AS dataset_name, '{{}}' AS misc FROM {}",
                      test::sql_picture("png_rgb_8.png", ""),
                      test::sql_rows("question, options, answer, answer_label, dataset_index", rows)));
  const auto thinker = load_row_set(card_, {{}, {}, "closed", {}}, {folder_});
  ASSERT_TRUE(thinker) << test::message_of(thinker);
  EXPECT_EQ(thinker->name(), "vqa-rad:test/closed (medvlthinker)");
  EXPECT_EQ(kinds(*thinker), (std::map<std::string, int>{{"yes_no", 251}, {"mcq", 21}}));
  EXPECT_THAT(thinker->problems, testing::IsEmpty());
}

TEST_F(VqaRad, AFolderAboveBothNotesTheOther) {
  const auto rows = load("");
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->form, "hf");
  EXPECT_THAT(rows->notes, testing::Contains(HasSubstr("--form osf chooses it")));
}

TEST_F(VqaRad, AnotherBenchmarkInAFolderOfThisNameGivesAnErrorAndNoItems) {
  const auto trap = load("TRAP_data_RAD_is_really_VQA-Med-2019");
  ASSERT_FALSE(trap);
  EXPECT_EQ(trap.error().code, ErrorCode::unsupported);
  EXPECT_THAT(trap.error().message(), HasSubstr("no file of vqa-rad"));
  EXPECT_THAT(trap.error().message(), HasSubstr("a data_RAD like this holds VQA-Med-2019"));
  // And called as the real file is.
  const auto file = root_ / "TRAP_data_RAD_is_really_VQA-Med-2019/data_RAD/testset.json";
  ASSERT_TRUE(fs::exists(file));
  fs::copy_file(file, folder_ / "VQA_RAD Dataset Public.json");
  const auto renamed = load_row_set(card_, {}, {folder_});
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().code, ErrorCode::unsupported);
  EXPECT_THAT(renamed.error().message(), HasSubstr("but has no column '"));
}

TEST_F(VqaRad, TheOriginalFileCutShortIsAnErrorThatNamesTheByte) {
  const auto whole = read_file(root_ / "osf/VQA-RAD/VQA_RAD_Dataset_Public.json");
  ASSERT_TRUE(whole) << test::message_of(whole);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{17}, whole->size() / 3, whole->size() / 2, whole->size() - 2}) {
    const auto file = write("VQA_RAD_Dataset_Public.json", std::string_view(*whole).substr(0, size));
    const auto rows = load_row_set(card_, {}, {folder_});
    ASSERT_FALSE(rows) << size;
    EXPECT_EQ(rows.error().code, ErrorCode::malformed);
    EXPECT_THAT(rows.error().message(), StartsWith(file.string() + ", byte ")) << size;
    EXPECT_THAT(rows.error().message(), HasSubstr("the JSON breaks off")) << size;
  }
}

}  // namespace
}  // namespace osler
