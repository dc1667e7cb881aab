#include "osler/report/mixed_engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "osler/report/report.h"
#include "report/sample.h"

namespace osler::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RunGrades run_of(const std::string& model, const std::string& benchmark, const std::string& engine) {
  RunGrades run = sample_run();
  run.model = model;
  run.benchmark = benchmark;
  run.engine = engine.substr(0, engine.find('-'));
  run.engine_id = engine;
  return run;
}

std::vector<std::string> notes_of(const std::vector<RunGrades>& runs) {
  std::vector<RunSummary> summaries;
  for (const auto& run : runs) summaries.push_back({&run, {}});
  std::vector<std::string> notes;
  add_mixed_engine_notes(notes, summaries);
  return notes;
}

TEST(ModelFamily, IsTheNameWithoutItsStorage) {
  for (const char* name :
       {"Qwen2.5-VL-7B-Instruct-Q4_K_M", "Qwen2.5-VL-7B-Instruct-IQ3_XS", "Qwen/Qwen2.5-VL-7B-Instruct",
        "Qwen2.5-VL-7B-Instruct-AWQ", "qwen2.5-vl-7b-instruct.f16", "Qwen2.5-VL-7B-Instruct:Q8_0",
        "Qwen2.5-VL-7B-Instruct-BF16", "Qwen2.5-VL-7B-Instruct-gptq-int4"}) {
    EXPECT_EQ(model_family(name), "qwen2.5-vl-7b-instruct") << name;
  }
  for (const char* name : {"phantom-small", "medgemma-4b-it", "f16", "llava-med-v1.5", "quilt-quick", ""}) {
    EXPECT_EQ(model_family(name), name);
  }
}

TEST(MixedEngines, OneEngineOrSeveralModelsNeedNoNote) {
  EXPECT_THAT(notes_of({run_of("m-q4_0", "x", "llama-1"), run_of("m-q4_0", "y", "llama-1")}), IsEmpty());
  EXPECT_THAT(notes_of({run_of("m-q4_0", "x", "llama-1"), run_of("other", "x", "openai-1")}), IsEmpty());
  EXPECT_THAT(notes_of({run_of("m", "x", ""), run_of("m", "y", "")}), IsEmpty()) << "nothing is known";
}

TEST(MixedEngines, TheCellsAreNamedAndWhatToDo) {
  const auto notes =
      notes_of({run_of("m-q4_0", "x", "llama-1"), run_of("m-q4_0", "y", "llama-1"), run_of("org/m", "z", "openai-1")});
  EXPECT_THAT(notes, ElementsAre(testing::AllOf(HasSubstr("figures of m come"), HasSubstr("x, y (m-q4_0, llama"),
                                                HasSubstr("z (org/m, openai"), HasSubstr("compare --parity"))));
}

TEST(MixedEngines, AParityRunJoinsAlsoOverAThird) {
  auto first = run_of("m-q4_0", "x", "llama-1");
  auto second = run_of("m-q8_0", "x", "llama-2");
  auto third = run_of("m", "y", "openai-1");
  second.parities = {{"llama-2", "llama-1"}};
  EXPECT_THAT(notes_of({first, second}), IsEmpty());
  EXPECT_EQ(notes_of({first, second, third}).size(), 1U);
  third.parities = {{"openai-1", "llama-2"}};
  EXPECT_THAT(notes_of({first, second, third}), IsEmpty());
}

TEST(MixedEngines, TheReportSaysIt) {
  const auto text = render(Format::text, {run_of("m", "x", "llama-1"), run_of("m", "y", "openai-1")}, {});
  EXPECT_THAT(text, HasSubstr("Mixed engines"));
}

}  // namespace
}  // namespace osler::report
