#include "osler/run/ablation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

/// What the model was shown for each item.
struct Shown {
  std::map<std::string, std::vector<std::uint8_t>> images;  ///< The first byte of each.
  std::map<std::string, std::size_t> parts;                 ///< Of the prompt.
};

Shown run_and_watch(const RunSpec& spec) {
  Shown shown;
  ScriptedEngine engine;
  engine.reply = [&shown](const Request& request) {
    auto& images = shown.images[request.item_id];
    for (const auto& image : request.images) images.push_back(image->rgb.front());
    shown.parts[request.item_id] = request.prompt.messages.back().parts.size();
    return boxed_b(request);
  };
  const auto totals = run(spec, engine);
  EXPECT_TRUE(totals.has_value()) << totals.error().message();
  return shown;
}

class AblationTest : public testing::Test {
 protected:
  [[nodiscard]] RunSpec spec(std::size_t items, Ablation ablation) const {
    auto made = spec_for(made_up_rows(items, folder_.path() / "images"), folder_.path() / name_of(ablation));
    made.ablation = ablation;
    return made;
  }
  Shown run_with(std::size_t items, Ablation ablation) const { return run_and_watch(spec(items, ablation)); }
  [[nodiscard]] std::map<std::string, std::string> clusters(Ablation ablation) const {
    std::map<std::string, std::string> found;
    const auto responses = read_responses(folder_.path() / name_of(ablation));
    for (const auto& [id, response] : *responses) found[id] = response.image_cluster;
    return found;
  }
  TemporaryFolder folder_;
};

TEST_F(AblationTest, WithoutImagesTheQuestionStandsAlone) {
  const auto real = run_with(9, Ablation::none);
  const auto blind = run_with(9, Ablation::no_image);
  ASSERT_EQ(blind.images.size(), 9U);
  for (const auto& [id, images] : blind.images) {
    EXPECT_TRUE(images.empty()) << id;
    EXPECT_EQ(blind.parts.at(id) + 1, real.parts.at(id)) << "the prompt must not announce an image";
  }
}

TEST_F(AblationTest, ShuffledImagesAreNeverTheOwnAndEachIsShownInPlaceOfOneOther) {
  const auto real = run_with(15, Ablation::none);
  const auto shuffled = run_with(15, Ablation::shuffled_image);
  std::map<std::uint8_t, std::set<std::uint8_t>> shown_for;
  std::set<std::uint8_t> shown;
  for (const auto& [id, images] : shuffled.images) {
    ASSERT_EQ(images.size(), 1U);
    EXPECT_NE(images, real.images.at(id)) << id;
    shown_for[real.images.at(id).front()].insert(images.front());
    shown.insert(images.front());
  }
  EXPECT_EQ(shown_for.size(), 5U);
  for (const auto& [own, others] : shown_for) EXPECT_EQ(others.size(), 1U);
  EXPECT_EQ(shown.size(), 5U);
}

TEST_F(AblationTest, ShufflingIsTheSameEveryTime) {
  const auto first = run_with(15, Ablation::shuffled_image);
  std::filesystem::remove_all(folder_.path() / name_of(Ablation::shuffled_image));
  EXPECT_EQ(first.images, run_with(15, Ablation::shuffled_image).images);
}

TEST_F(AblationTest, ItemsKeepTheClusterOfTheirOwnImage) {
  run_with(9, Ablation::none);
  run_with(9, Ablation::no_image);
  run_with(9, Ablation::shuffled_image);
  EXPECT_EQ(clusters(Ablation::no_image), clusters(Ablation::none));
  EXPECT_EQ(clusters(Ablation::shuffled_image), clusters(Ablation::none));
}

TEST_F(AblationTest, ACopyOfThePictureUnderAnotherNameIsNoStandIn) {
  auto made = spec(6, Ablation::shuffled_image);
  // Two files, one picture.
  write_png(made.rows.items[0].images[0].file, 77);
  write_png(made.rows.items[3].images[0].file, 77);
  EXPECT_TRUE(run_and_watch(made).images.empty());
  const auto responses = read_responses(made.folder);
  for (const auto& [id, response] : *responses) {
    EXPECT_EQ(response.finish, FinishReason::error) << id;
    EXPECT_THAT(response.error, HasSubstr("no other picture"));
  }
}

TEST_F(AblationTest, AControlIsNamedInManifestAndFolder) {
  run_with(6, Ablation::no_image);
  const auto manifest = read_manifest(folder_.path() / "no-image");
  ASSERT_TRUE(manifest.has_value());
  EXPECT_EQ(manifest->benchmark, "made-up.no-image");
  EXPECT_THAT(manifest->row_set, testing::EndsWith(", no-image"));
  const auto rows = made_up_rows(3, folder_.path() / "images");
  EXPECT_EQ(run_folder("runs", "m", rows, "paper", Ablation::shuffled_image),
            std::filesystem::path("runs/m/made-up.shuffled-image/paper"));
}

TEST_F(AblationTest, ARealRunIsNotContinuedAsAControl) {
  run_with(6, Ablation::none);
  auto made = spec(6, Ablation::no_image);
  made.folder = folder_.path() / name_of(Ablation::none);
  ScriptedEngine engine;
  const auto totals = run(made, engine);
  ASSERT_FALSE(totals.has_value());
  EXPECT_EQ(totals.error().code, ErrorCode::mismatch);
}

TEST(AblationNames, RoundTrip) {
  for (const auto ablation : {Ablation::none, Ablation::no_image, Ablation::shuffled_image, Ablation::permuted}) {
    EXPECT_EQ(ablation_from(name_of(ablation)), ablation);
  }
  EXPECT_FALSE(ablation_from("blind"));
}

}  // namespace
}  // namespace osler::test
