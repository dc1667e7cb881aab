#include "osler/hub/model_choice.h"

#include <gmock/gmock.h>

namespace osler::hub {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<HubFile> files_of(const std::vector<std::string>& paths) {
  std::vector<HubFile> files;
  for (const auto& path : paths) files.push_back({path, 1, std::string(64, 'a'), true});
  return files;
}

/// "model.gguf + projector.gguf", or the error.
std::string chosen(const std::vector<std::string>& paths, const std::string& quant = {},
                   const std::string& projector = {}) {
  const auto choice = choose_model(files_of(paths), quant, projector, "HUB");
  if (!choice) return choice.error().message();
  std::string text;
  for (const auto& file : choice->model) text += (text.empty() ? "" : ", ") + file.path;
  for (const auto& file : choice->projector) text += " + " + file.path;
  return text;
}

TEST(ModelName, HasARepositoryAndMayHaveQuantAndRevision) {
  const auto plain = parse_model_name("org/name");
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_EQ(plain->repo, "org/name");
  EXPECT_EQ(plain->quant, "");
  EXPECT_EQ(plain->revision, "main");
  for (const auto* text : {"org/name:Q8_0@v1.0", "org/name@v1.0:Q8_0"}) {
    const auto all = parse_model_name(text);
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_EQ(all->repo, "org/name");
    EXPECT_EQ(all->quant, "Q8_0");
    EXPECT_EQ(all->revision, "v1.0");
  }
}

TEST(ModelName, WhatIsNoneIsRefused) {
  for (const auto* text : {"", "name", "org/name:", "org/name@", "org/name:a:b", "org/name@a@b", "a/b/c", "../x",
                           "a/..", "org/name@../x", "org/name:Q\n8", "org/na me", ":Q8_0", "org/name@"}) {
    const auto name = parse_model_name(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, ErrorCode::usage) << text;
  }
}

TEST(ModelChoice, WithoutAQuantItIsQ4KMThenQ80ThenTheFirst) {
  EXPECT_EQ(chosen({"m-F16.gguf", "m-Q4_K_M.gguf", "m-Q8_0.gguf"}), "m-Q4_K_M.gguf");
  EXPECT_EQ(chosen({"m-F16.gguf", "m-q8_0.gguf"}), "m-q8_0.gguf");
  EXPECT_EQ(chosen({"m-IQ3.gguf", "m-F16.gguf"}), "m-F16.gguf");
  EXPECT_EQ(chosen({"README.md", "mmproj-Q4_K_M.gguf", "m.Q4_K_M.imatrix.gguf", "mtp-Q4_K_M.gguf", "model.gguf"}),
            "model.gguf + mmproj-Q4_K_M.gguf");
}

TEST(ModelChoice, AQuantIsFoundInEitherCaseAndOnlyWhole) {
  const std::vector<std::string> paths{"m-Q4_K_M.gguf", "m-Q4_K_S.gguf", "m-bf16.gguf"};
  EXPECT_EQ(chosen(paths, "q4_k_s"), "m-Q4_K_S.gguf");
  EXPECT_EQ(chosen(paths, "BF16"), "m-bf16.gguf");
  EXPECT_EQ(chosen({"m-BF16.gguf", "m-F16.gguf"}, "f16"), "m-F16.gguf");
  EXPECT_EQ(chosen(paths, "Q4_K"), "HUB: has no GGUF file for 'Q4_K'; it has: BF16, Q4_K_M, Q4_K_S");
  EXPECT_EQ(chosen({"Q8_0/m.gguf", "Q8_0-x/m-F16.gguf"}, "Q8_0"), "Q8_0-x/m-F16.gguf");
}

TEST(ModelChoice, AFileCanBeNamed) {
  EXPECT_EQ(chosen({"a/m.gguf", "b/m.gguf"}, "b/m.gguf"), "b/m.gguf");
  EXPECT_THAT(chosen({"a/m.gguf"}, "c/m.gguf"),
              AllOf(HasSubstr("has no GGUF file for 'c/m.gguf'"), HasSubstr("a/m.gguf")));
}

TEST(ModelChoice, TheProjectorIsTheOneOfTheNearestFolderThenOfTheNearestPrecision) {
  EXPECT_EQ(chosen({"m-Q4_K_M.gguf", "mmproj-F16.gguf", "mmproj-Q8_0.gguf"}), "m-Q4_K_M.gguf + mmproj-Q8_0.gguf");
  EXPECT_EQ(chosen({"m-F16.gguf", "mmproj-F16.gguf", "mmproj-Q8_0.gguf"}), "m-F16.gguf + mmproj-F16.gguf");
  EXPECT_EQ(chosen({"m-F16.gguf", "mmproj-F16.gguf", "mmproj-BF16.gguf"}), "m-F16.gguf + mmproj-BF16.gguf");
  EXPECT_EQ(chosen({"d/m-F16.gguf", "mmproj-F16.gguf", "d/mmproj-Q8_0.gguf", "e/mmproj-F16.gguf"}),
            "d/m-F16.gguf + d/mmproj-Q8_0.gguf");
  EXPECT_EQ(chosen({"d/m-F16.gguf", "mmproj-F16.gguf"}), "d/m-F16.gguf + mmproj-F16.gguf");
  EXPECT_EQ(chosen({"d/m-F16.gguf", "dd/mmproj-F16.gguf"}), "d/m-F16.gguf");
}

TEST(ModelChoice, AProjectorCanBeNamed) {
  const std::vector<std::string> paths{"m-Q8_0.gguf", "mmproj-BF16.gguf", "d/mmproj-Q8_0.gguf"};
  EXPECT_EQ(chosen(paths, "", "mmproj-BF16.gguf"), "m-Q8_0.gguf + mmproj-BF16.gguf");
  EXPECT_EQ(chosen(paths, "", "mmproj-Q8_0.gguf"), "m-Q8_0.gguf + d/mmproj-Q8_0.gguf");
  EXPECT_EQ(chosen(paths, "", "mmproj.gguf"),
            "HUB: has no file 'mmproj.gguf'; it has: d/mmproj-Q8_0.gguf, mmproj-BF16.gguf");
}

TEST(ModelChoice, AllPartsBelongToAModelInTheirOrder) {
  EXPECT_EQ(chosen({"m-Q8_0-00002-of-00003.gguf", "m-Q8_0-00003-of-00003.gguf", "m-Q8_0-00001-of-00003.gguf",
                    "m-Q8_0-00001-of-00002.gguf", "n-Q8_0-00002-of-00003.gguf"},
                   "Q8_0-00001-of-00003"),
            "m-Q8_0-00001-of-00003.gguf, m-Q8_0-00002-of-00003.gguf, m-Q8_0-00003-of-00003.gguf");
  EXPECT_EQ(chosen({"m-Q8_0-00001-of-00003.gguf", "m-Q8_0-00003-of-00003.gguf", "m-F16.gguf"}, "Q8_0"),
            "HUB: lacks part 2 of 3 of 'm-Q8_0-00001-of-00003.gguf'; choose another quant; it has: F16, Q8_0");
  EXPECT_THAT(chosen({"m-Q8_0-00002-of-00002.gguf"}), HasSubstr("has no model as a GGUF file"));
}

TEST(ModelChoice, ARepositoryOfOriginalWeightsSaysWhereToLook) {
  EXPECT_THAT(chosen({"config.json", "model-00001-of-00004.safetensors"}),
              AllOf(HasSubstr("HUB: has no model as a GGUF file"), HasSubstr("-GGUF"), HasSubstr("osler models list")));
}

TEST(ModelChoice, OddNamesAreNamesLikeOthers) {
  EXPECT_EQ(chosen({".gguf"}), ".gguf");
  EXPECT_EQ(chosen({"m-00001-of-00000.gguf"}), "m-00001-of-00000.gguf");
  EXPECT_EQ(chosen({"m-00000-of-00002.gguf"}), "m-00000-of-00002.gguf");
  EXPECT_EQ(chosen({"m-99999999999999999999.gguf", "mmproj-Q99999999999999999999.gguf"}),
            "m-99999999999999999999.gguf + mmproj-Q99999999999999999999.gguf");
  EXPECT_THAT(chosen({"m.gguf"}, std::string("\x1b[31m")), HasSubstr("has no GGUF file for"));
}

TEST(ModelChoice, TheQuantOfAFileIsTheEndOfItsName) {
  EXPECT_EQ(quant_of("d/Model-7B-q4_k_m.gguf"), "Q4_K_M");
  EXPECT_EQ(quant_of("model.BF16.gguf"), "BF16");
  EXPECT_EQ(quant_of("m-Q8_0-00001-of-00002.gguf"), "Q8_0");
  EXPECT_EQ(quant_of("model.gguf"), "");
  EXPECT_EQ(quant_of("model-Q8_0.bin"), "");
}

}  // namespace
}  // namespace osler::hub
