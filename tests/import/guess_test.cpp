#include "osler/import/guess.h"

#include <gmock/gmock.h>

#include "import/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;

class Guess : public RecordTest {};

TEST_F(Guess, WhatOnlyOneToolWritesIsCertain) {
  EXPECT_EQ(*guess_format(write("a.jsonl", R"({"doc_id": 0, "filtered_resps": ["A"], "input": "Q"})")),
            RecordFormat::lmms_eval);
  EXPECT_EQ(*guess_format(
                write("b.jsonl", R"({"doc_id": 0, "resps": [["A"]], "arguments": {"gen_args_0": {"arg_0": "Q"}}})")),
            RecordFormat::lm_eval);
  EXPECT_EQ(*guess_format(write("c.jsonl", R"({"id": 0, "messages": [], "prediction_rationale": ""})")),
            RecordFormat::medxpertqa);
  EXPECT_EQ(*guess_format(write("d.tsv", "index\tquestion\tprediction\n0\tQ\tA\n")), RecordFormat::vlmevalkit);
  EXPECT_EQ(*guess_format(write("results.json", R"([{"question": "Q", "answer": "yes", "response": "no"}])")),
            RecordFormat::medevalkit);
  write("llava/Pharmacy/output.json", R"([{"id": "v_1", "question_type": "open", "answer": "2", "response": "4"}])");
  EXPECT_EQ(*guess_format(folder_.path() / "llava"), RecordFormat::mmmu);
}

TEST_F(Guess, WhatManyToolsWriteIsAskedFor) {
  for (const char* content : {R"([{"qid": 1, "answer": "yes"}])", R"([{"id": 1, "response": "A", "answer": "B"}])",
                              R"({"a": "yes"})", R"([{"doc_id": 0, "resps": [["A"]]}])"}) {
    const auto guess = guess_format(write("answers.json", content));
    ASSERT_FALSE(guess) << content;
    EXPECT_EQ(guess.error().code, ErrorCode::usage);
    EXPECT_THAT(guess.error().message(), HasSubstr("--format: medevalkit, vlmevalkit, lmms-eval, lm-eval"));
  }
}

TEST_F(Guess, AFileThatCannotBeReadIsSaid) {
  EXPECT_THAT(message_of(guess_format(write("results.json", "[{"))), HasSubstr("breaks off"));
  EXPECT_THAT(message_of(guess_format(folder_.path() / "none.json")), HasSubstr("is not there"));
}

}  // namespace
}  // namespace osler::test
