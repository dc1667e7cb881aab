// Files of responses are hostile input: an error that names file and record, never a crash and never a record less.

#include <gmock/gmock.h>

#include "import/support.h"
#include "osler/import/records.h"

namespace osler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Hostile : public RecordTest {
 protected:
  std::string fault(const std::string& name, std::string_view content, RecordFormat format = RecordFormat::table) {
    return message_of(read(write(name, content), format));
  }
};

TEST_F(Hostile, ARecordWithoutAResponseFailsTheImport) {
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": "x"}, {"id": 2}])"),
              AllOf(HasSubstr("a.json, record 1: has no response"), HasSubstr("--map response=")));
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": ["x"]}])"), HasSubstr("record 0: has a list or an object"));
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": {"text": "x"}}])"), HasSubstr("has a list or an object"));
  EXPECT_THAT(fault("a.jsonl", "{\"doc_id\": 0, \"resps\": []}\n", RecordFormat::lm_eval), HasSubstr("an empty list"));
  EXPECT_THAT(fault("a.jsonl", "{\"doc_id\": 0, \"resps\": {\"a\": 1}}\n", RecordFormat::lmms_eval),
              HasSubstr("holds log-likelihoods, not a response"));
}

TEST_F(Hostile, WrongTypesInFieldsThatAreNotNeededDoNoHarm) {
  const auto record = only(
      "a.json",
      R"([{"id": [1], "response": "x", "question": {"a": 1}, "options": 7, "answer": [[]], "image": [[{"path": 3}]],
      "question_type": {}, "model": [], "finish_reason": 4, "prompt": [[["deep"]]]}])",
      RecordFormat::table);
  EXPECT_EQ(record.id, "");
  EXPECT_EQ(record.response, "x");
  EXPECT_TRUE(record.options.empty());
  EXPECT_TRUE(record.images.empty());
}

TEST_F(Hostile, SamplesWithoutADocumentOrWithAStrangeOneAreRead) {
  const auto record = only("a.jsonl", "{\"doc_id\": -1, \"doc\": \"text\", \"resps\": \"bare\", \"input\": 3}\n",
                           RecordFormat::lmms_eval);
  EXPECT_EQ(record.response, "bare");
  EXPECT_EQ(record.position, std::nullopt);
}

TEST_F(Hostile, FilesThatAreNoRecordsAreNamed) {
  EXPECT_THAT(fault("a.json", ""), HasSubstr("a.json"));
  EXPECT_THAT(fault("a.jsonl", "\n\n"), HasSubstr("a.jsonl: holds no record"));
  EXPECT_THAT(fault("a.csv", "id,response\n"), HasSubstr("holds no record"));
  EXPECT_THAT(fault("a.json", "[]"), HasSubstr("holds no record"));
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": "x"}, {"id")"), HasSubstr("breaks off"));
  EXPECT_THAT(fault("a.json", R"({"1": "x", "2)"), HasSubstr("breaks off"));
  EXPECT_THAT(fault("a.json", R"(["x", "y"])"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(fault("a.json", "3"), HasSubstr("is not a JSON array of records"));
  EXPECT_THAT(fault("a.json", "[{\"id\": 1, \"response\": \"\xff\xfe\"}]"), HasSubstr("UTF-8"));
  EXPECT_THAT(fault("a.csv", "id,response\n1,\xff\xfe\n"), HasSubstr("UTF-8"));
  EXPECT_THAT(fault("a.txt", "x"), HasSubstr("records are read from .json"));
  EXPECT_THAT(fault("a.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
              HasSubstr("is a git-LFS pointer"));
  EXPECT_THAT(fault("a.jsonl", "<!DOCTYPE html><html></html>"), HasSubstr("is a web page"));
}

TEST_F(Hostile, NumbersThatAreNotJsonAreRefusedEvenWhereTheyAreNotNeeded) {
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": "x", "score": NaN}])"), HasSubstr("a.json"));
  EXPECT_THAT(fault("a.json", R"([{"id": 1, "response": "x", "score": -Infinity}])"), HasSubstr("a.json"));
}

TEST_F(Hostile, NestingIsBounded) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(fault("a.json", "[{\"id\": 1, \"response\": \"x\", \"y\": " + deep), HasSubstr("a.json"));
  EXPECT_THAT(fault("a.json", "[{\"id\": 1, \"response\": \"x\", \"y\": " + deep + std::string(100'000, ']') + "}]"),
              HasSubstr("levels deep"));
  EXPECT_THAT(fault("a.json", "{\"logs\": [{\"y\": " + deep + std::string(100'000, ']') + "}], \"z\": {}}"),
              HasSubstr("levels deep"));
  const std::string nested = std::string(400, '[') + "\"A\"" + std::string(400, ']');
  EXPECT_EQ(only("b.jsonl", "{\"doc_id\": 0, \"resps\": " + nested + "}\n", RecordFormat::lm_eval).response, "A");
  // A literal in a cell is bounded, too; what cannot be read there is no list of options.
  EXPECT_TRUE(only("c.json", "[{\"id\": 1, \"response\": \"x\", \"options\": \"" + deep + "\"}]", RecordFormat::table)
                  .options.empty());
}

TEST_F(Hostile, ATwiceNamedIdStaysTwoRecords) {
  const auto records = read(write("a.json", R"({"1": "x", "1": "y"})"), RecordFormat::table);
  ASSERT_EQ(message_of(records), "(no error)");
  EXPECT_EQ(records->size(), 2U);
}

}  // namespace
}  // namespace osler::test
