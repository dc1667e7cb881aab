#include "osler/engine/llama/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>

#include "engine/llama/support.h"
#include "tiny_vlm/weights.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

/// A complaint is one sentence that names the file and has a way out.
void expect_complaint(const Error& error, const fs::path& file, const std::string& what) {
  EXPECT_EQ(error.where.file, file.string());
  EXPECT_THAT(error.message(), HasSubstr(what));
  EXPECT_THAT(error.message(), Not(HasSubstr("\n")));
  EXPECT_FALSE(error.way_out.empty()) << error.message();
}

class ModelFilesTest : public testing::Test {
 protected:
  void expect_refused(const fs::path& model, const fs::path& projector, const fs::path& at_fault,
                      const std::string& what) {
    const auto found = find_model_files(model, projector);
    ASSERT_FALSE(found.has_value()) << "should be refused: " << what;
    expect_complaint(found.error(), at_fault, what);
    LlamaOptions options = options_for({model, projector});
    EXPECT_FALSE(open_llama_engine(options).has_value());
  }

  TestFolder folder_;
  tiny_vlm::TinyVlmFiles qwen_ = tiny_model(Architecture::qwen25vl, Voice::boxed);
  tiny_vlm::TinyVlmFiles llava_ = tiny_model(Architecture::llava, Voice::boxed);
};

TEST_F(ModelFilesTest, AGoodPairSaysWhatItIs) {
  const auto found = find_model_files(qwen_.model, qwen_.mmproj);
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(found->model_facts.architecture, "qwen2vl");
  EXPECT_EQ(found->model_facts.embedding_length, 64U);
  EXPECT_EQ(found->projector_facts.projection_length, 64U);
  EXPECT_TRUE(found->projector_facts.has_vision_encoder);
  EXPECT_EQ(found->model_facts.bytes, fs::file_size(qwen_.model));
}

TEST_F(ModelFilesTest, WhatIsNoGgufIsNamed) {
  const auto folder = folder_.path() / "folder.gguf";
  fs::create_directory(folder);
  const auto none = folder_.path() / "none.gguf";
  const auto empty = folder_.file("empty.gguf", "");
  const auto three = folder_.file("three.gguf", "GGU");
  const auto text = folder_.file("text.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  const auto safetensors = folder_.file("model.safetensors", std::string("\x40\0\0\0\0\0\0\0{\"a\":1}", 15));
  const std::vector<std::pair<fs::path, std::string>> cases = {
      {none, "cannot be opened"}, {folder, "is a folder"},      {empty, "is not a GGUF"},
      {three, "is not a GGUF"},   {text, "is not a GGUF file"}, {safetensors, "is not a GGUF"}};
  for (const auto& [file, what] : cases) {
    expect_refused(file, qwen_.mmproj, file, what);
    expect_refused(qwen_.model, file, file, what);
  }
}

TEST_F(ModelFilesTest, ALargeFilePointerIsNamedForWhatItIs) {
  const auto pointer =
      folder_.file("pointer.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
  expect_refused(pointer, qwen_.mmproj, pointer, "git lfs pull");
}

TEST_F(ModelFilesTest, GarbageAfterTheMagicIsRefused) {
  tiny_vlm::SplitMix64 random(11);
  for (int i = 0; i < 50; ++i) {
    std::string garbage = i % 2 == 0 ? "GGUF" : std::string("GGUF\3\0\0\0", 8);
    for (int k = 0; k < 400; ++k) garbage += static_cast<char>(random.next() & 0xFF);
    const auto file = folder_.file("garbage.gguf", garbage);
    const auto facts = inspect_gguf(file);
    ASSERT_FALSE(facts.has_value());
    expect_complaint(facts.error(), file, "cannot be read");
  }
}

TEST_F(ModelFilesTest, AFileCutAnywhereIsRefused) {
  for (const auto& whole : {qwen_.model, qwen_.mmproj, llava_.mmproj}) {
    const std::string content = bytes_of(whole);
    const auto file = folder_.file("cut.gguf", content);
    // The last bytes may be padding, which nobody misses.
    std::size_t step = 1;
    for (std::size_t keep = 0; keep + 64 <= content.size(); keep += step) {
      step = keep < 64 ? 1 : keep < 20'000 ? 397 : 9'973;
      fs::resize_file(file, keep);
      const auto facts = inspect_gguf(file);
      ASSERT_FALSE(facts.has_value()) << keep << " of " << content.size() << " bytes of " << whole;
      expect_complaint(facts.error(), file, "");
      std::ofstream(file, std::ios::binary) << content;
    }
  }
}

TEST_F(ModelFilesTest, CutInTheWeightsSaysHowMuchIsThere) {
  std::string content = bytes_of(qwen_.mmproj);
  content.resize(content.size() - 4'000);
  const auto cut = folder_.file("mmproj-cut.gguf", content);
  expect_refused(qwen_.model, cut, cut, std::to_string(content.size()) + " of the ");
}

TEST_F(ModelFilesTest, SwappedFilesAreNamedForWhatTheyAre) {
  expect_refused(qwen_.mmproj, qwen_.model, qwen_.mmproj, "is a vision projector, not a model");
  expect_refused(qwen_.model, qwen_.model, qwen_.model, "is not a vision projector");
}

TEST_F(ModelFilesTest, ProjectorOfAnotherKindOfModelIsRefusedThoughItsSizesFit) {
  expect_refused(qwen_.model, llava_.mmproj, llava_.mmproj, "qwen2vl");
  expect_refused(llava_.model, qwen_.mmproj, qwen_.mmproj, "llama");
}

TEST_F(ModelFilesTest, ProjectorOfAnotherSizeOfTheSameModelIsRefusedWithBothNumbers) {
  const auto other = folder_.path() / "mmproj-other.gguf";
  rewrite_gguf(qwen_.mmproj, other,
               [](gguf_context* file) { gguf_set_val_u32(file, "clip.vision.projection_dim", 3584); });
  expect_refused(qwen_.model, other, other, "of 3584 numbers");
}

TEST_F(ModelFilesTest, AModelWithoutAProjectorBesideItIsToldHowToGiveOne) {
  const auto model = folder_.path() / "alone.gguf";
  fs::copy_file(qwen_.model, model);
  expect_refused(model, {}, model, "--mmproj");
}

TEST_F(ModelFilesTest, TheProjectorOfItsOwnNameIsPreferredElseTheOnlyOne) {
  const auto model = folder_.path() / "m.gguf";
  const auto any = folder_.path() / "mmproj-F16.gguf";
  const auto own = folder_.path() / "mmproj-m.gguf";
  fs::copy_file(qwen_.model, model);
  fs::copy_file(qwen_.mmproj, any);
  EXPECT_EQ(find_model_files(model, {}).value().projector, any);
  const auto second = folder_.path() / "model-mmproj-Q8_0.gguf";
  fs::copy_file(qwen_.mmproj, second);
  expect_refused(model, {}, model, "has 2 vision projectors");
  fs::copy_file(qwen_.mmproj, own);
  EXPECT_EQ(find_model_files(model, {}).value().projector, own);
}

TEST_F(ModelFilesTest, AFolderIsNoProjector) {
  const auto model = folder_.path() / "m.gguf";
  fs::copy_file(qwen_.model, model);
  fs::create_directory(folder_.path() / "mmproj-m.gguf");
  EXPECT_THAT(find_model_files(model, {}).error().message(), HasSubstr("no vision projector"));
}

TEST_F(ModelFilesTest, AModelInTheCurrentFolderFindsItsProjector) {
  const auto model = folder_.path() / "m.gguf";
  fs::copy_file(qwen_.model, model);
  fs::copy_file(qwen_.mmproj, folder_.path() / "mmproj-m.gguf");
  const auto before = fs::current_path();
  fs::current_path(folder_.path());
  const auto found = find_model_files("m.gguf", {});
  fs::current_path(before);
  EXPECT_TRUE(found.has_value()) << found.error().message();
}

struct Damage {
  const char* name;
  std::function<void(gguf_context*)> change;
  std::function<bool(const std::string&)> keep = [](const std::string&) { return true; };
};

/// Each of these kills the process inside of llama.cpp if it gets that far.
TEST_F(ModelFilesTest, ProjectorsWhoseHeadDoesNotFitTheirTensorsAreRefused) {
  const auto set = [](const char* key, std::uint32_t value) {
    return [key, value](gguf_context* file) { gguf_set_val_u32(file, key, value); };
  };
  const auto remove = [](const char* key) { return [key](gguf_context* file) { gguf_remove_key(file, key); }; };
  const auto nothing = [](gguf_context*) {};
  const auto without = [](const char* part) {
    return [part](const std::string& name) { return name.find(part) == std::string::npos; };
  };
  const std::vector<Damage> common = {
      {"no layers", set("clip.vision.block_count", 0)},
      {"too many layers", set("clip.vision.block_count", 9)},
      {"absurdly many layers", set("clip.vision.block_count", 0xFFFFFFFF)},
      {"no heads", set("clip.vision.attention.head_count", 0)},
      {"heads that do not divide", set("clip.vision.attention.head_count", 5)},
      {"wrong width", set("clip.vision.embedding_length", 48)},
      {"wrong patch", set("clip.vision.patch_size", 16)},
      {"no patch", set("clip.vision.patch_size", 0)},
      {"no patch key", remove("clip.vision.patch_size")},
      {"no projector type", remove("clip.projector_type")},
      {"no patch kernel", nothing, without("v.patch_embd.weight")},
      {"no query", nothing, without("v.blk.0.attn_q.weight")},
      {"no bias in one layer", nothing, without("v.blk.1.attn_v.bias")},
      {"a size that is no number", [](gguf_context* file) { gguf_set_val_str(file, "clip.vision.image_size", "56"); }},
      {"a size of another type", [](gguf_context* file) { gguf_set_val_i32(file, "clip.vision.image_size", 56); }},
      {"no ffn", nothing, without("v.blk.1.ffn_down.weight")},
      {"no layer 1", nothing, without("v.blk.1.")},
      {"no projection", nothing, without("mm.")},
      {"no bias of the projection", nothing, without("mm.2.bias")},
      {"no last projection", nothing, without("mm.2.weight")},
  };
  std::vector<Damage> of_qwen = common;
  of_qwen.push_back({"heads of odd size", set("clip.vision.attention.head_count", 16)});
  of_qwen.push_back({"no second patch kernel", nothing, without("v.patch_embd.weight.1")});
  of_qwen.push_back({"no windows key", remove("clip.vision.n_wa_pattern")});
  of_qwen.push_back({"only full attention", set("clip.vision.n_wa_pattern", 1)});
  std::vector<Damage> of_llava = common;
  of_llava.push_back({"no positions", nothing, without("v.position_embd.weight")});
  for (const auto& [files, damages] : {std::pair{qwen_, of_qwen}, std::pair{llava_, of_llava}}) {
    for (const auto& damage : damages) {
      const auto broken = folder_.path() / "mmproj-broken.gguf";
      rewrite_gguf(files.mmproj, broken, damage.change, damage.keep);
      const auto found = find_model_files(files.model, broken);
      EXPECT_FALSE(found.has_value()) << damage.name << " of " << files.mmproj.filename();
      if (!found) expect_complaint(found.error(), broken, "");
    }
  }
}

TEST_F(ModelFilesTest, OlderAndOtherFormsOfAProjectorAreNotRefused) {
  const auto form = folder_.path() / "mmproj-form.gguf";
  // The last layer, which LLaVA does not use, is left out by some converters.
  rewrite_gguf(
      llava_.mmproj, form, [](gguf_context*) {}, [](const std::string& name) { return !name.starts_with("v.blk.2."); });
  EXPECT_TRUE(find_model_files(llava_.model, form).has_value());
  // Not where the file says that the last layer is wanted.
  const std::int32_t last = 3;
  const auto want_last = [&last](gguf_context* file) {
    gguf_set_arr_data(file, "clip.vision.feature_layer", GGUF_TYPE_INT32, &last, 1);
  };
  rewrite_gguf(llava_.mmproj, form, want_last);
  EXPECT_TRUE(find_model_files(llava_.model, form).has_value());
  rewrite_gguf(llava_.mmproj, form, want_last, [](const std::string& name) { return !name.starts_with("v.blk.2."); });
  const auto found = find_model_files(llava_.model, form);
  ASSERT_FALSE(found.has_value());
  expect_complaint(found.error(), form, "v.blk.2.");
  // A kind that is not known here is llama.cpp's to judge.
  rewrite_gguf(llava_.mmproj, form,
               [](gguf_context* file) { gguf_set_val_str(file, "clip.projector_type", "new_kind"); });
  EXPECT_TRUE(find_model_files(llava_.model, form).has_value());
  const auto engine = open_llama_engine(options_for({llava_.model, form}));
  ASSERT_FALSE(engine.has_value());
  expect_complaint(engine.error(), form, "new_kind");
}

TEST_F(ModelFilesTest, TextModelsWithImpossibleShapesAreRefused) {
  const auto set = [](const char* key, std::uint32_t value) {
    return [key, value](gguf_context* file) { gguf_set_val_u32(file, key, value); };
  };
  const auto sections = [](std::array<std::int32_t, 4> values) {
    return [values](gguf_context* file) {
      gguf_set_arr_data(file, "qwen2vl.rope.dimension_sections", GGUF_TYPE_INT32, values.data(), values.size());
    };
  };
  const std::vector<Damage> damages = {
      {"no layers", set("qwen2vl.block_count", 0)},         {"too many layers", set("qwen2vl.block_count", 513)},
      {"no heads", set("qwen2vl.attention.head_count", 0)}, {"sections of nothing", sections({0, 0, 0, 0})},
      {"sections too large", sections({20, 30, 30, 0})},    {"a negative section", sections({-2, 5, 5, 0})},
  };
  for (const auto& damage : damages) {
    const auto broken = folder_.path() / "broken.gguf";
    rewrite_gguf(qwen_.model, broken, damage.change);
    const auto found = find_model_files(broken, qwen_.mmproj);
    EXPECT_FALSE(found.has_value()) << damage.name;
    if (!found) expect_complaint(found.error(), broken, "");
  }
}

TEST_F(ModelFilesTest, AModelThatLlamaCppDoesNotKnowIsAnErrorWithItsReason) {
  const auto strange = folder_.path() / "strange.gguf";
  rewrite_gguf(llava_.model, strange,
               [](gguf_context* file) { gguf_set_val_str(file, "general.architecture", "telepathy"); });
  const auto engine = open_llama_engine(options_for({strange, llava_.mmproj}));
  ASSERT_FALSE(engine.has_value());
  expect_complaint(engine.error(), strange, "telepathy");
}

}  // namespace
}  // namespace osler::test
