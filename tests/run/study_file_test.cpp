#include "osler/run/study_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace osler::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kStudy = R"(name: mine
benchmarks: [a, b:test/closed]
controls: [permuted, no-image]
options: {threads: 1, batch: true, no-cache: false}
margins: {match: 2}
labels: my-labels
models:
  - {name: A, model: a.gguf, group: general, size: 7B}
  - {name: B, model: "openai:b", options: {base-url: [http://one, http://two]}}
)";

std::string fault(const std::string& text) {
  const auto study = parse_study(text, "mine.yaml");
  EXPECT_FALSE(study.has_value());
  return study ? "" : study.error().message();
}

TEST(StudyFile, IsReadWithItsDefaults) {
  const auto study = parse_study(kStudy, "mine.yaml");
  ASSERT_TRUE(study.has_value()) << study.error().message();
  EXPECT_THAT(study->protocols, ElementsAre("paper"));
  EXPECT_THAT(study->controls, ElementsAre(Ablation::permuted, Ablation::no_image));
  EXPECT_THAT(study->options, testing::UnorderedElementsAre("--threads", "1", "--batch"));
  EXPECT_THAT(study->models[1].options, ElementsAre("--base-url", "http://one", "--base-url", "http://two"));
  EXPECT_DOUBLE_EQ(study->margins.match, 0.02);
  EXPECT_EQ(study->labels, "my-labels");
  EXPECT_DOUBLE_EQ(study->margins.spread, 0.05);
}

TEST(StudyFile, FaultsNameTheLineAndTheWayOut) {
  EXPECT_THAT(fault("name: x\nbenchmarks: [a]\n"), HasSubstr("models"));
  EXPECT_THAT(fault("name: x\nmodels: [{name: A, model: a}]\n"), HasSubstr("benchmarks"));
  const std::string start = "name: x\nbenchmarks: [a]\n";
  const std::string models = "models:\n  - {name: A, model: a}\n";
  EXPECT_THAT(fault(start + models + "  - {name: A, model: b}\n"), HasSubstr("a second model is called 'A'"));
  EXPECT_THAT(fault(start + models + "controls: [blind]\n"), HasSubstr("no-image, shuffled-image or permuted"));
  EXPECT_THAT(fault(start + models + "options: {model: b}\n"), HasSubstr("cannot be an option of a study"));
  EXPECT_THAT(fault(start + models + "options: {labels: b}\n"), HasSubstr("cannot be an option of a study"));
  EXPECT_THAT(fault(start + models + "margins: {match: -1}\n"), HasSubstr("between 0 and 100"));
  EXPECT_THAT(fault(start + models + "contrlos: [permuted]\n"), HasSubstr("controls"));
  EXPECT_THAT(fault(start + models + "phantom: {images: 0}\n"), HasSubstr("images"));
  EXPECT_THAT(fault("name: ../x\nbenchmarks: [a]\n" + models), HasSubstr("name"));
}

TEST(StudyFile, ThoseThatTravelWithOslerAreWhole) {
  EXPECT_THAT(study_names(), testing::UnorderedElementsAre("liu2025", "phantom"));
  for (const auto& name : study_names()) {
    const auto study = find_study(name);
    ASSERT_TRUE(study.has_value()) << study.error().message();
    EXPECT_EQ(study->name, name);
  }
  EXPECT_EQ(find_study("liu2025")->models.size(), 10U);
  EXPECT_FALSE(find_study("no such").has_value());
}

}  // namespace
}  // namespace osler::test
