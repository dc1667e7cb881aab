// One file per tool, in the shape that the tool writes.

#include <gmock/gmock.h>

#include "import/support.h"
#include "osler/import/record_files.h"

namespace osler::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Formats : public RecordTest {};

TEST_F(Formats, MedEvalKitKeepsTheSampleAndItsChoicesWithLetters) {
  const auto record = only("results.json",
                           R"([{"id": "MM-7", "question": "Which organ?\nAnswer Choices: (A) Liver (B) Lung",
      "question_type": "Reasoning", "medical_task": "Diagnosis", "choices": ["A. Liver", "B. Lung"], "answer": "B",
      "response": "The answer is \\boxed{B}", "correct": true}])",
                           RecordFormat::medevalkit);
  EXPECT_EQ(record.id, "MM-7");
  EXPECT_EQ(record.response, "The answer is \\boxed{B}");
  EXPECT_THAT(record.options, ElementsAre("Liver", "Lung"));
  EXPECT_EQ(record.gold, "B");
  EXPECT_EQ(record.place.record, 0U);
}

TEST_F(Formats, MedEvalKitsPmcVqaHasItsQuestionInThePrompt) {
  const auto record = only(
      "results.json",
      R"([{"prompt": "\nQuestion: What does the arrow mark?\nOptions: \n A:cyst\n B:stone\nAnswer with the option's letter.",
      "answer": "A", "choices": [" A:cyst", " B: stone "], "response": "B"}])",
      RecordFormat::medevalkit);
  EXPECT_EQ(record.question, "What does the arrow mark?");
  EXPECT_THAT(record.options, ElementsAre("cyst", "stone"));
  EXPECT_EQ(record.id, "");
}

TEST_F(Formats, MedEvalKitMayWriteLinesIntoAJsonFile) {
  const auto records = read(write("results.json", R"({"question_id": "CT_1", "response": "A", "answer": "A"}
{"question_id": "CT_2", "response": "B", "answer": "A"}
)"),
                            RecordFormat::medevalkit);
  ASSERT_EQ(message_of(records), "(no error)");
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->back().id, "CT_2");
}

TEST_F(Formats, VlmEvalKitHasAColumnPerOption) {
  const auto record = only("Qwen2-VL-7B_MedXpertQA.tsv",
                           "index\tquestion\tA\tB\tC\tanswer\tcategory\tprediction\n"
                           "12\tWhich one?\tred\tgreen\t\tB\tx\t\"So it is\nB\"\n",
                           RecordFormat::vlmevalkit);
  EXPECT_EQ(record.id, "12");
  EXPECT_THAT(record.options, ElementsAre("red", "green"));
  EXPECT_EQ(record.response, "So it is\nB");
  EXPECT_EQ(record.gold, "B");
}

TEST_F(Formats, IdsThatATableOfNumbersMadeFractionsOfAreWholeAgain) {
  EXPECT_EQ(only("p.csv", "index,question,prediction\n11.0,Q?,yes\n", RecordFormat::vlmevalkit).id, "11");
  EXPECT_EQ(only("p.json", R"([{"index": 11.0, "prediction": "yes"}])", RecordFormat::vlmevalkit).id, "11");
  EXPECT_EQ(only("q.csv", "index,question,prediction\n1.5,Q?,yes\n", RecordFormat::vlmevalkit).id, "1.5");
}

TEST_F(Formats, ASpreadsheetGetsAWayToText) {
  const auto records = read(write("m_d.xlsx", "PK"), RecordFormat::vlmevalkit);
  EXPECT_THAT(message_of(records), HasSubstr("is a spreadsheet; save it as TSV"));
  EXPECT_THAT(message_of(read(write("m_d.pkl", "x"), RecordFormat::vlmevalkit)), HasSubstr("is a pickle"));
}

TEST_F(Formats, LmmsEvalKeepsResponsesInListsAndTheUntouchedOnesCount) {
  const auto record = only(
      "20250101_samples_slake.jsonl",
      R"({"doc_id": 3, "doc": {"qid": 11934, "question": "Is it CT?", "answer": "Yes"}, "target": "Yes", "arguments": ["Is it CT?\nAnswer with one word.", {"max_new_tokens": 32}], "resps": [["Yes."]], "filtered_resps": ["yes"], "accuracy": 1.0})"
      "\n",
      RecordFormat::lmms_eval);
  EXPECT_EQ(record.response, "Yes.");
  EXPECT_EQ(record.id, "11934");
  EXPECT_EQ(record.position, 3U);
  EXPECT_EQ(record.question, "Is it CT?");
  EXPECT_EQ(record.gold, "Yes");
  EXPECT_EQ(record.prompt, "Is it CT?\nAnswer with one word.");
}

TEST_F(Formats, LmmsEvalLeavesOutWhatTheFilterDidNotChange) {
  const auto record = only(
      "20250101_samples_mmmu_val.jsonl",
      R"({"doc_id": 8, "target": "B", "filtered_resps": ["B"], "doc_hash": "x", "input": "Which?\nA. one\nB. two", "mmmu_acc": {"id": "validation_Pharmacy_9", "parsed_pred": "B"}})"
      "\n",
      RecordFormat::lmms_eval);
  EXPECT_EQ(record.response, "B");
  EXPECT_EQ(record.id, "validation_Pharmacy_9");
  EXPECT_EQ(record.position, 8U);
  EXPECT_EQ(record.prompt, "Which?\nA. one\nB. two");
}

TEST_F(Formats, OlderLmmsEvalHasItsSamplesInLogs) {
  const auto records = read(write("slake.json", R"({"args": {"model": "llava"}, "model_configs": {}, "logs": [
      {"doc_id": 0, "target": "CT", "doc": {"qid": 1, "question": "Q?"}, "resps": [["CT"]], "filtered_resps": ["CT"]}],
      "time": "x"})"),
                            RecordFormat::lmms_eval);
  ASSERT_EQ(message_of(records), "(no error)");
  EXPECT_EQ(records->front().id, "1");
}

TEST_F(Formats, LmEvalNumbersItsArguments) {
  const auto record = only(
      "samples_medxpertqa_2025.jsonl",
      R"({"doc_id": 0, "doc": {"id": "MM-0", "question": "Which?", "options": {"A": "one", "B": "two"}, "answer": "A"}, "target": "A", "arguments": {"gen_args_0": {"arg_0": "Question: Which?", "arg_1": {"until": ["\n"]}}}, "resps": [["A, because"]], "filtered_resps": ["A"], "filter": "none"})"
      "\n",
      RecordFormat::lm_eval);
  EXPECT_EQ(record.response, "A, because");
  EXPECT_EQ(record.prompt, "Question: Which?");
  EXPECT_THAT(record.options, ElementsAre("one", "two"));
}

TEST_F(Formats, LogLikelihoodsAreNoResponses) {
  const auto records =
      read(write("samples_x.jsonl", R"({"doc_id": 0, "resps": [[["-4.2", "False"]], [["-1.0", "True"]]]})"),
           RecordFormat::lm_eval);
  EXPECT_THAT(message_of(records), HasSubstr("record 0: holds log-likelihoods"));
  EXPECT_THAT(
      message_of(read(write("samples_y.jsonl", R"({"doc_id": 0, "resps": [[[-4.2, false]]]})"), RecordFormat::lm_eval)),
      HasSubstr("holds log-likelihoods"));
}

TEST_F(Formats, SeveralResponsesToOneQuestionAreNotChosenFrom) {
  EXPECT_THAT(
      message_of(read(write("samples_x.jsonl", R"({"doc_id": 0, "resps": [["A", "B"]]})"), RecordFormat::lmms_eval)),
      HasSubstr("holds 2 different responses"));
  EXPECT_EQ(only("samples_y.jsonl", R"({"doc_id": 0, "resps": [["A", "A"]]})", RecordFormat::lmms_eval).response, "A");
}

TEST_F(Formats, MmmuHasAFilePerSubject) {
  write("llava/Pharmacy/output.json", R"([{"id": "validation_Pharmacy_1", "question_type": "multiple-choice",
      "answer": "B", "all_choices": ["A", "B"], "index2ans": {"A": "4.0 mol", "B": "2.0 mol"}, "response": "B"},
      {"id": "validation_Pharmacy_3", "question_type": "short-answer", "answer": "2", "response": "4"}])");
  write("llava/Public_Health/output.json", R"([{"id": "validation_Public_Health_1", "question_type": "multiple-choice",
      "answer": "A", "all_choices": ["A", "B"], "index2ans": {"A": "tr>tb", "B": "tr<tb"}, "response": "A"}])");
  write("llava/summary.json", R"({"acc": 0.5})");
  const auto files = record_files({(folder_.path() / "llava").string()}, RecordFormat::mmmu);
  ASSERT_EQ(message_of(files), "(no error)");
  ASSERT_EQ(files->size(), 2U);
  const auto records = read(files->front(), RecordFormat::mmmu);
  ASSERT_EQ(message_of(records), "(no error)");
  EXPECT_THAT(records->front().options, ElementsAre("4.0 mol", "2.0 mol"));
  EXPECT_EQ(records->front().kind, Kind::mcq);
  EXPECT_EQ(records->back().kind, Kind::open);
  EXPECT_EQ(default_model(*records, *files, RecordFormat::mmmu), "llava");
}

TEST_F(Formats, OfMedXpertQasTwoTurnsTheLastReplyIsTheResponse) {
  const auto record = only(
      "medxpertqa_mm_output.jsonl",
      R"({"id": "MM-26", "question": "Which?\nAnswer Choices: (A) one (B) two", "options": [{"letter": "A", "content": "one"}, {"letter": "B", "content": "two"}], "label": ["B"], "images": [{"image_path": "MM-26-a.jpeg"}], "prediction_rationale": "Step by step ... A", "messages": [{"role": "system", "content": "You are a helpful medical assistant."}, {"role": "user", "content": [{"type": "text", "text": "Q: Which?"}]}, {"role": "assistant", "content": "Step by step ... A"}, {"role": "user", "content": "Therefore, among A through E, the answer is"}, {"role": "assistant", "content": [{"type": "text", "text": "B."}]}], "prediction": ["B"], "correct": true})"
      "\n",
      RecordFormat::medxpertqa);
  EXPECT_EQ(record.response, "B.");
  EXPECT_EQ(record.gold, "B");
  EXPECT_THAT(record.options, ElementsAre("one", "two"));
  EXPECT_THAT(record.images, ElementsAre("MM-26-a.jpeg"));
}

TEST_F(Formats, WhatMedXpertQasModelSaidBeforeTheLastQuestionIsNoResponse) {
  const auto response = [this](const std::string& messages) {
    return only("medxpertqa_mm_output.jsonl",
                R"({"id": "MM-26", "question": "Which?", "label": ["B"], "messages": )" + messages +
                    R"(, "prediction": ["B"]})"
                    "\n",
                RecordFormat::medxpertqa)
        .response;
  };
  const std::string turn = R"({"role": "user", "content": "Q"}, {"role": "assistant", "content": "Step ... A"})";
  EXPECT_EQ(response("[" + turn + "]"), "Step ... A");
  EXPECT_EQ(response("[" + turn + R"(, {"role": "user", "content": "Therefore"}])"), std::nullopt);
  EXPECT_EQ(response("[" + turn + R"(, {"role": "assistant", "content": null}])"), std::nullopt);
  EXPECT_EQ(response("[]"), std::nullopt);
}

TEST_F(Formats, ATableIsReadUnderItsUsualNames) {
  const auto record =
      only("answers.csv", "question_id,question,answer,pred,image_path\n7,Q?,yes,\"Yes, it is\",a/7.png\n",
           RecordFormat::table);
  EXPECT_EQ(record.id, "7");
  EXPECT_EQ(record.response, "Yes, it is");
  EXPECT_EQ(record.gold, "yes");
  EXPECT_THAT(record.images, ElementsAre("a/7.png"));
}

TEST_F(Formats, ATableIsReadUnderTheNamesThatAreGiven) {
  const auto record =
      only("answers.jsonl", R"({"no": 5, "said": "b", "asked": {"text": "Q?"}, "x": "one", "y": "two", "truth": "a"})",
           RecordFormat::table, {"id=no", "response=said", "question=asked.text", "options=x+y", "gold=truth"});
  EXPECT_EQ(record.id, "5");
  EXPECT_EQ(record.response, "b");
  EXPECT_EQ(record.question, "Q?");
  EXPECT_EQ(record.gold, "a");
  EXPECT_THAT(record.options, ElementsAre("one", "two"));
}

TEST_F(Formats, AMappedColumnMustBeThere) {
  EXPECT_THAT(message_of(read(write("a.csv", "id,pred\n1,yes\n"), RecordFormat::table, {"response=said"})),
              HasSubstr("a.csv, record 0: has no column 'said'"));
  EXPECT_THAT(message_of(read(write("a.csv", "id,pred\n1,yes\n"), RecordFormat::table, {"said"})),
              HasSubstr("maps no field"));
  EXPECT_THAT(message_of(read(write("a.csv", "id,pred\n1,yes\n"), RecordFormat::table, {"colour=pred"})),
              HasSubstr("with one of the fields id, response"));
}

TEST_F(Formats, AnAnswerBesideNothingElseIsTheResponse) {
  const auto record = only("r.json", R"([{"qid": 11, "answer": "no"}])", RecordFormat::table);
  EXPECT_EQ(record.response, "no");
  EXPECT_EQ(record.gold, "");
  const auto llava =
      only("r.jsonl",
           R"({"question_id": 1, "prompt": "Q?", "text": "CT", "answer_id": "z", "model_id": "llava", "metadata": {}})",
           RecordFormat::table);
  EXPECT_EQ(llava.response, "CT");
  EXPECT_EQ(llava.model, "llava");
}

TEST_F(Formats, AnAnswerThatMayBeTheGoldOneIsNotTakenForTheResponse) {
  const auto file = write("testset.json", R"([{"qid": 11, "question": "Is it CT?", "answer": "no"}])");
  EXPECT_THAT(message_of(read(file, RecordFormat::table)), HasSubstr("may be the gold answer"));
  EXPECT_THAT(message_of(read(file, RecordFormat::table)), HasSubstr("--map response=answer"));
  EXPECT_EQ(message_of(read(file, RecordFormat::table, {"response=answer"})), "(no error)");
}

TEST_F(Formats, AnObjectMayLeadFromIdToResponse) {
  const auto records =
      read(write("r.json", R"({"slake_11934_1491ca5a": "CT", "slake_11935_f10fa225": "Chest"})"), RecordFormat::table);
  ASSERT_EQ(message_of(records), "(no error)");
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->back().id, "slake_11935_f10fa225");
  EXPECT_EQ(records->back().response, "Chest");
}

TEST_F(Formats, OptionsComeInManySpellings) {
  const auto options = [this](const std::string& cell) {
    return only("r.jsonl", R"({"id": 1, "response": "A", "options": )" + cell + "}\n", RecordFormat::table).options;
  };
  EXPECT_THAT(options(R"(["one", "two"])"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"("['one', \"two's\"]")"), ElementsAre("one", "two's"));
  EXPECT_THAT(options(R"("[\"one\", \"two\"]")"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"({"A": "one", "B": "two"})"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"({"text": ["one", "two"], "label": ["A", "B"]})"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"("A. one\nB. two")"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"(["(A) one", "(B) two"])"), ElementsAre("one", "two"));
  EXPECT_THAT(options(R"(["A) vitamin", "C) vitamin"])"), ElementsAre("A) vitamin", "C) vitamin"));
  EXPECT_THAT(options(R"("some text")"), IsEmpty());
  EXPECT_THAT(options("[]"), IsEmpty());
  EXPECT_THAT(options("null"), IsEmpty());
}

TEST_F(Formats, AResponseThatIsNullIsNoneAndOneOfNumbersIsText) {
  EXPECT_EQ(only("a.json", R"([{"id": 1, "response": null}])", RecordFormat::table).response, std::nullopt);
  EXPECT_EQ(only("b.json", R"([{"id": 1, "response": 2}])", RecordFormat::table).response, "2");
  EXPECT_EQ(only("c.csv", "id,response\n1,\n", RecordFormat::table).response, "");
}

TEST_F(Formats, WhatWasCutOffAtTheLimitIsKnownWhereTheRecordSaysSo) {
  EXPECT_EQ(only("a.json", R"([{"id": 1, "response": "x", "finish_reason": "length"}])", RecordFormat::table).finish,
            FinishReason::length);
  EXPECT_EQ(only("b.json", R"([{"id": 1, "response": "x", "finish_reason": "stop"}])", RecordFormat::table).finish,
            FinishReason::stop);
}

TEST_F(Formats, ABackspaceBeforeABoxStaysAsItWasRecorded) {
  EXPECT_EQ(only("a.json", R"([{"id": 1, "response": "\boxed{B}"}])", RecordFormat::table).response, "\boxed{B}");
}

TEST_F(Formats, OfMedEvalKitsPartsTheWholeIsEnough) {
  write("run/results_0.json", "[]");
  write("run/results_1.json", "[]");
  const auto parts = record_files({(folder_.path() / "run").string()}, RecordFormat::medevalkit);
  ASSERT_EQ(message_of(parts), "(no error)");
  EXPECT_EQ(parts->size(), 2U);
  write("run/results.json", "[]");
  const auto whole = record_files({(folder_.path() / "run").string()}, RecordFormat::medevalkit);
  ASSERT_EQ(whole->size(), 1U);
  EXPECT_EQ(whole->front().filename(), "results.json");
  EXPECT_THAT(message_of(record_files({(folder_.path() / "run").string()}, RecordFormat::mmmu)),
              HasSubstr("holds no file that mmmu would name so"));
}

}  // namespace
}  // namespace osler::test
