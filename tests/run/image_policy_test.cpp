#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "osler/run/journal.h"
#include "run/support.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class ImagePolicyTest : public testing::Test {
 protected:
  /// One open item for each number of images, "item 0", "item 1", ...; their texts mark the images 1 and 2.
  [[nodiscard]] RunSpec spec(const std::vector<std::size_t>& images, ImagePolicy policy) const {
    RowSet rows = made_up_rows(images.size(), folder_.path() / "images");
    std::uint8_t shade = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
      Item& item = rows.items[i];
      item.marks_images = true;
      item.question = "Is <image 2> like <image 1>?";
      item.images.clear();
      for (std::size_t k = 0; k < images[i]; ++k) {
        const auto file = folder_.path() / "images" / (std::to_string(++shade) + ".png");
        write_png(file, shade);
        item.images.push_back({file.filename().string(), file, {}});
      }
    }
    RunSpec made = spec_for(std::move(rows), folder_.path() / "run");
    made.protocol.templates[Kind::mcq] = "{question}";
    made.protocol.image_policy = policy;
    return made;
  }

  /// What the model is shown for each item, in order: its texts, and its images by their first byte as "#1", "#2", ...
  static std::vector<std::string> shown(const RunSpec& spec) {
    std::vector<std::string> prompts;
    ScriptedEngine engine;
    engine.reply = [&prompts](const Request& request) {
      std::vector<int> uses(request.images.size());
      std::string prompt;
      for (const auto& part : request.prompt.messages.back().parts) {
        if (!part.image) {
          prompt += part.text;
          continue;
        }
        ++uses.at(*part.image);
        prompt += "#" + std::to_string(request.images.at(*part.image)->rgb.front());
      }
      EXPECT_THAT(uses, testing::Each(1)) << "a request carries the images of its prompt and no others";
      prompts.push_back(std::move(prompt));
      return boxed_b(request);
    };
    const auto totals = run(spec, engine);
    EXPECT_TRUE(totals.has_value()) << totals.error().message();
    return prompts;
  }

  [[nodiscard]] std::string identity() const {
    return read_manifest(folder_.path() / "run").value().identity.at("image_policy");
  }

  TemporaryFolder folder_;
};

TEST_F(ImagePolicyTest, InterleavedImagesStandWhereTheTextMarksThem) {
  EXPECT_THAT(
      shown(spec({2, 1, 3, 0}, ImagePolicy::interleave)),
      ElementsAre("Is #2 like #1?", "Is <image 2> like #3?", "Is #5 like #4?#6", "Is <image 2> like <image 1>?"));
  EXPECT_EQ(identity(), "interleaved, RGB8, EXIF orientation applied, alpha dropped");
}

TEST_F(ImagePolicyTest, ImagesFirstLeavesTheMarksInTheText) {
  EXPECT_THAT(shown(spec({2, 3}, ImagePolicy::images_first)),
              ElementsAre("#1#2Is <image 2> like <image 1>?", "#3#4#5Is <image 2> like <image 1>?"));
  EXPECT_EQ(identity(), "images first, RGB8, EXIF orientation applied, alpha dropped");
}

TEST_F(ImagePolicyTest, OfTheFirstImageOnlyTheRequestCarriesOnlyThatOne) {
  const auto made = spec({2, 3}, ImagePolicy::first_only);
  EXPECT_THAT(shown(made), ElementsAre("#1Is <image 2> like <image 1>?", "#3Is <image 2> like <image 1>?"));
  EXPECT_EQ(identity(), "first image only, RGB8, EXIF orientation applied, alpha dropped");
}

TEST_F(ImagePolicyTest, TheClusterIsOfAllImagesWhicheverAreShown) {
  std::map<ImagePolicy, std::string> clusters;
  for (const auto policy : {ImagePolicy::interleave, ImagePolicy::first_only}) {
    const auto made = spec({2}, policy);
    shown(made);
    clusters[policy] = read_responses(made.folder)->at("item 0").image_cluster;
    fs::remove_all(made.folder);
  }
  EXPECT_EQ(clusters[ImagePolicy::interleave], clusters[ImagePolicy::first_only]);
}

TEST_F(ImagePolicyTest, WithoutImagesTheMarksStay) {
  auto made = spec({2, 1}, ImagePolicy::interleave);
  made.ablation = Ablation::no_image;
  EXPECT_THAT(shown(made), testing::Each("Is <image 2> like <image 1>?"));
}

TEST_F(ImagePolicyTest, AnotherItemsImagesMayBeFewerOrMoreThanTheMarks) {
  auto made = spec({3, 1}, ImagePolicy::interleave);
  made.ablation = Ablation::shuffled_image;
  EXPECT_THAT(shown(made), ElementsAre("Is <image 2> like #4?", "Is #2 like #1?#3"));
  fs::remove_all(made.folder);
  made.protocol.image_policy = ImagePolicy::first_only;
  EXPECT_THAT(shown(made), ElementsAre("#4Is <image 2> like <image 1>?", "#1Is <image 2> like <image 1>?"));
}

TEST_F(ImagePolicyTest, WithoutMarksTheIdentityIsThatOfImagesFirst) {
  auto made = spec({1, 2}, ImagePolicy::interleave);
  for (auto& item : made.rows.items) item.marks_images = false;
  EXPECT_THAT(shown(made), ElementsAre("#1Is <image 2> like <image 1>?", "#2#3Is <image 2> like <image 1>?"));
  EXPECT_EQ(identity(), "images first, RGB8, EXIF orientation applied, alpha dropped");
}

TEST_F(ImagePolicyTest, ARunIsNotContinuedUnderAnotherPolicy) {
  auto made = spec({2, 2}, ImagePolicy::interleave);
  shown(made);
  made.protocol.image_policy = ImagePolicy::images_first;
  ScriptedEngine engine;
  const auto totals = run(made, engine);
  ASSERT_FALSE(totals.has_value());
  EXPECT_EQ(totals.error().code, ErrorCode::mismatch);
  EXPECT_THAT(totals.error().message(), testing::HasSubstr("image_policy"));
}

TEST_F(ImagePolicyTest, TheItemsFileSaysWhichItemsMarkTheirImages) {
  auto made = spec({1, 1}, ImagePolicy::interleave);
  made.rows.items[1].marks_images = false;
  shown(made);
  const auto items = read_items(made.folder).value();
  EXPECT_TRUE(items[0].marks_images);
  EXPECT_FALSE(items[1].marks_images);
  const std::string text = read(made.folder / "items.jsonl");
  EXPECT_EQ(text.find("marks_images"), text.rfind("marks_images")) << "only where it is so";
}

}  // namespace
}  // namespace osler::test
