#include "osler/engine/llama/image_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama-cpp.h>
#include <mtmd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "engine/llama/image_reference.h"
#include "engine/llama/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

GgufHead head_of(const std::filesystem::path& path) {
  auto head = GgufHead::open(path);
  if (!head) throw std::runtime_error(head.error().message());
  return std::move(*head);
}

tiny_vlm::TinyVlmFiles qwen() { return tiny_model(Architecture::qwen25vl, Voice::random); }

/// The tiny Qwen projector, changed, and the rule that it makes.
ImageSizeRule rule_of_changed(const std::function<void(gguf_context*)>& change, const LlamaOptions& options = {}) {
  const TestFolder folder;
  rewrite_gguf(qwen().mmproj, folder.path() / "changed.gguf", change);
  return ImageSizeRule::of(head_of(folder.path() / "changed.gguf"), options);
}

/// Counts image tokens as libmtmd makes them, opened with a rule's limits.
class Library {
 public:
  explicit Library(const ImageSizeRule& rule) {
    model_.reset(llama_model_load_from_file(qwen().model.c_str(), llama_model_default_params()));
    auto params = mtmd_context_params_default();
    params.warmup = false;
    params.print_timings = false;
    params.image_min_tokens = rule.image_min_tokens;
    params.image_max_tokens = rule.image_max_tokens;
    projector_.reset(mtmd_init_from_file(qwen().mmproj.c_str(), model_.get(), params));
    if (projector_ == nullptr) throw std::runtime_error("the tiny projector cannot be loaded");
  }

  [[nodiscard]] std::size_t tokens(std::uint32_t width, std::uint32_t height) const {
    const mtmd::bitmap_ptr bitmap(mtmd_bitmap_init(width, height, nullptr));  // A placeholder: sizes only.
    const mtmd_input_part part{nullptr, bitmap.get()};
    const mtmd_input_part* parts[] = {&part};
    const mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
    if (mtmd_tokenize_from_parts(projector_.get(), chunks.get(), parts, 1, true) != 0) return 0;
    for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks.get()); ++i) {
      const auto* chunk = mtmd_input_chunks_get(chunks.get(), i);
      if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE) return mtmd_input_chunk_get_n_tokens(chunk);
    }
    return 0;
  }

 private:
  llama_model_ptr model_;
  mtmd::context_ptr projector_;
};

TEST(SmartResize, SizesAreThoseOfPython) {
  const auto reference = image_reference();
  ASSERT_GT(reference.at("sizes").size(), 900U);
  for (const auto& row : reference.at("sizes")) {
    const auto size = smart_resize(row[1], row[0], row[2], row[3], row[4]);
    ASSERT_TRUE(size.has_value()) << row;
    EXPECT_EQ(size->width, row[5]) << row;
    EXPECT_EQ(size->height, row[6]) << row;
  }
}

TEST(SmartResize, APictureThatIsTooNarrowIsRefusedWithItsSidesNamed) {
  EXPECT_TRUE(smart_resize(1, 200, 28, 3136, 12'845'056).has_value());
  for (const auto& [width, height] : {std::pair{201U, 1U}, {1U, 2000U}, {4'000'000'000U, 19'999'999U}}) {
    const auto size = smart_resize(height, width, 28, 3136, 12'845'056);
    ASSERT_FALSE(size.has_value());
    EXPECT_EQ(size.error().code, ErrorCode::limit);
    EXPECT_THAT(size.error().what, HasSubstr(std::to_string(width) + " x " + std::to_string(height)));
  }
}

TEST(ImageSizeRule, HalvesGoToTheEvenNeighbourWhereTheLibraryRoundsUp) {
  const auto rule = ImageSizeRule::of(head_of(qwen().mmproj), {});
  const Library library(rule);
  const std::vector<std::array<std::uint32_t, 3>> cases = {{350, 144, 169}, {574, 400, 441}, {630, 484, 529}};
  for (const auto& [side, tokens, library_tokens] : cases) {
    const auto size = rule.size_for(side, side);
    ASSERT_TRUE(size.has_value() && size->has_value());
    EXPECT_EQ(library.tokens((*size)->width, (*size)->height), tokens);
    EXPECT_EQ(library.tokens(side, side), library_tokens) << "or the rule is needed no longer";
  }
}

TEST(ImageSizeRule, ThePictureInItsSizePassesThroughTheLibraryUnchanged) {
  const auto reference = image_reference();
  for (const auto& [least, most] : {std::pair{0, 0}, {0, 256}, {1024, 0}, {16, 16}, {4, 4}, {0, 16'384}}) {
    LlamaOptions options;
    options.image_min_tokens = least;
    options.image_max_tokens = most;
    const auto rule = ImageSizeRule::of(head_of(qwen().mmproj), options);
    ASSERT_EQ(rule.factor, 28U);
    const Library library(rule);
    std::size_t sized = 0;
    for (const auto& row : reference.at("sizes")) {
      const auto size = rule.size_for(row[0], row[1]);
      ASSERT_TRUE(size.has_value()) << row;
      if (!size->has_value()) continue;
      ++sized;
      const auto [width, height] = **size;
      ASSERT_EQ(library.tokens(width, height), std::size_t{width / 28} * (height / 28)) << row << " " << most;
    }
    EXPECT_GT(sized, least == most && least > 0 ? 1U : 900U);
  }
}

TEST(ImageSizeRule, SmallPicturesKeepTheProcessorsFourTokens) {
  const auto rule = ImageSizeRule::of(head_of(qwen().mmproj), {});
  const Library library(rule);
  EXPECT_EQ(**rule.size_for(28, 28), (ImageSize{56, 56}));
  EXPECT_EQ(**rule.size_for(1, 1), (ImageSize{56, 56}));
  EXPECT_EQ(library.tokens(56, 56), 4U);
}

TEST(ImageSizeRule, TheLargestPictureHas4096TokensUnlessTheUserAllowsMore) {
  const auto head = head_of(qwen().mmproj);
  // Python's rounding leaves one token less on each side than fits.
  EXPECT_EQ(**ImageSizeRule::of(head, {}).size_for(20'000, 20'000), (ImageSize{1764, 1764}));
  EXPECT_EQ(**ImageSizeRule::of(head, {}).size_for(3000, 3000), (ImageSize{1792, 1792}));
  LlamaOptions options;
  options.image_max_tokens = 256;
  EXPECT_EQ(**ImageSizeRule::of(head, options).size_for(1024, 1024), (ImageSize{448, 448}));
  options.image_max_tokens = 16'384;
  EXPECT_EQ(**ImageSizeRule::of(head, options).size_for(20'000, 20'000), (ImageSize{3556, 3556}));
}

TEST(ImageSizeRule, ALongPictureThatCannotBeMadeSmallEnoughIsLeftToTheLibrary) {
  LlamaOptions options;
  options.image_max_tokens = 4;
  const auto size = ImageSizeRule::of(head_of(qwen().mmproj), options).size_for(2000, 10);
  ASSERT_TRUE(size.has_value());
  EXPECT_FALSE(size->has_value());
}

TEST(ImageSizeRule, OnlyQwenProjectorsHaveOne) {
  LlamaOptions options;
  options.image_max_tokens = 77;
  const auto rule = ImageSizeRule::of(head_of(tiny_model(Architecture::llava, Voice::random).mmproj), options);
  EXPECT_EQ(rule.factor, 0U);
  EXPECT_EQ(rule.image_min_tokens, 0);
  EXPECT_EQ(rule.image_max_tokens, 77);
  const auto size = rule.size_for(1, 2000);
  ASSERT_TRUE(size.has_value());
  EXPECT_FALSE(size->has_value());
}

TEST(ImageSizeRule, PatchAndMergeMakeTheFactorAndQwen3HasARangeOfItsOwn) {
  const auto rule = rule_of_changed([](gguf_context* file) {
    gguf_set_val_str(file, "clip.projector_type", "qwen3vl_merger");
    gguf_set_val_u32(file, "clip.vision.patch_size", 16);
    gguf_set_val_u32(file, "clip.vision.spatial_merge_size", 2);
  });
  EXPECT_EQ(rule.factor, 32U);
  EXPECT_EQ(rule.image_min_tokens, 64);
  EXPECT_EQ(rule.image_max_tokens, 4096);
  EXPECT_EQ(**rule.size_for(48, 48), (ImageSize{256, 256}));
  EXPECT_EQ(**rule.size_for(400, 400), (ImageSize{384, 384})) << "12.5 is 12";
}

TEST(ImageSizeRule, ARangeThatTheFileCarriesHolds) {
  const auto with = [](std::uint32_t least, std::uint32_t most) {
    return [=](gguf_context* file) {
      gguf_set_val_u32(file, "clip.vision.image_min_pixels", least);
      gguf_set_val_u32(file, "clip.vision.image_max_pixels", most);
    };
  };
  EXPECT_EQ(**rule_of_changed(with(200'704, 401'408)).size_for(56, 56), (ImageSize{448, 448}));
  EXPECT_EQ(**rule_of_changed(with(3136, 200'704)).size_for(1024, 1024), (ImageSize{448, 448}));
  // Ranges that no picture fits, of damaged files, do not count.
  EXPECT_EQ(**rule_of_changed(with(9999, 1)).size_for(448, 448), (ImageSize{448, 448}));
  EXPECT_EQ(**rule_of_changed(with(0, 0)).size_for(448, 448), (ImageSize{448, 448}));
}

TEST(ImageSizeRule, DamagedSizesAndLimitsThatContradictLeaveTheSizeToTheLibrary) {
  for (const std::uint32_t patch : {0U, 5000U, 0xFFFFFFFFU}) {
    const auto rule =
        rule_of_changed([&](gguf_context* file) { gguf_set_val_u32(file, "clip.vision.patch_size", patch); });
    EXPECT_EQ(rule.factor, 0U) << patch;
  }
  LlamaOptions options;
  options.image_min_tokens = 300;
  options.image_max_tokens = 200;
  const auto rule = ImageSizeRule::of(head_of(qwen().mmproj), options);
  EXPECT_EQ(rule.factor, 0U);
  EXPECT_EQ(rule.image_min_tokens, 300);
  options.image_min_tokens = 1;
  options.image_max_tokens = std::numeric_limits<std::int32_t>::max();
  const auto huge = ImageSizeRule::of(head_of(qwen().mmproj), options);
  EXPECT_LE(std::int64_t{huge.image_max_tokens} * 784, std::numeric_limits<std::int32_t>::max());
}

}  // namespace
}  // namespace osler::test
