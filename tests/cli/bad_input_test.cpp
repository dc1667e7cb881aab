// What bad input gets: one sentence on standard error that names the thing and the way out, status 1 or 2, and
// nothing already written is lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "support/command.h"
#include "support/tiny_models.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";
const fs::path kSlices = fs::path(OSLER_SOURCE_DIR) / "tests" / "fixtures" / "slices";

class BadInput : public testing::Test {
 protected:
  void SetUp() override {
    const auto files = tiny_model(tiny_vlm::Architecture::llava, tiny_vlm::Voice::boxed);
    fs::copy(files.model, folder() / "model.gguf");
    fs::copy(files.mmproj, folder() / "mmproj-model.gguf");
    fs::copy(kSlices, folder() / "data", fs::copy_options::recursive);
  }

  const fs::path& folder() { return folder_.path(); }

  CommandResult run(std::vector<std::string> extra = {}, const std::string& model = "model.gguf") {
    std::vector<std::string> arguments{kOsler,   "run", "--model", model, "--benchmark", "data/slices.yaml",
                                       "--data", "data"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return run_command(arguments, {.folder = folder()});
  }

  /// One sentence, the right status, and every piece of text in it.
  static void expect_complaint(const CommandResult& result, int status, const std::vector<std::string>& pieces) {
    EXPECT_EQ(result.status, status) << result.err;
    const auto at = result.err.rfind("osler: ");
    ASSERT_NE(at, std::string::npos) << result.err;
    const std::string sentence = result.err.substr(at);
    EXPECT_EQ(std::count(sentence.begin(), sentence.end(), '\n'), 1) << sentence;
    EXPECT_THAT(sentence, HasSubstr("; ")) << "a way out is missing: " << sentence;
    for (const auto& piece : pieces) EXPECT_THAT(sentence, HasSubstr(piece));
  }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  static std::string read(const fs::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(BadInput, GoodInputIsNoComplaint) { EXPECT_EQ(run().status, 0) << run().err; }

TEST_F(BadInput, AMissingModelIsNamed) {
  expect_complaint(run({}, "nowhere.gguf"), 1, {"nowhere.gguf", "check the path"});
}

TEST_F(BadInput, SomethingThatIsNoModelIsNamed) {
  expect_complaint(run({}, "gpt-5"), 2, {"'gpt-5' is not a model", ".gguf"});
  write(folder() / "text.gguf", "this is no model");
  expect_complaint(run({}, "text.gguf"), 1, {"text.gguf", "not a GGUF file"});
}

TEST_F(BadInput, ATruncatedModelIsNamed) {
  const auto size = fs::file_size(folder() / "model.gguf");
  for (const std::uintmax_t part : {std::uintmax_t{3}, std::uintmax_t{100}, size / 10, size / 2, size - 64}) {
    fs::copy_file(folder() / "model.gguf", folder() / "cut.gguf", fs::copy_options::overwrite_existing);
    fs::resize_file(folder() / "cut.gguf", part);
    expect_complaint(run({"--mmproj", "mmproj-model.gguf"}, "cut.gguf"), 1, {"cut.gguf"});
  }
}

TEST_F(BadInput, ATruncatedProjectorIsNamed) {
  const auto size = fs::file_size(folder() / "mmproj-model.gguf");
  for (const std::uintmax_t part : {std::uintmax_t{100}, size / 2, size - 64}) {
    fs::copy_file(folder() / "mmproj-model.gguf", folder() / "cut.gguf", fs::copy_options::overwrite_existing);
    fs::resize_file(folder() / "cut.gguf", part);
    expect_complaint(run({"--mmproj", "cut.gguf"}), 1, {"cut.gguf"});
  }
}

TEST_F(BadInput, AMissingProjectorIsNamed) {
  fs::remove(folder() / "mmproj-model.gguf");
  expect_complaint(run(), 1, {"model.gguf", "mmproj", "--mmproj FILE"});
}

TEST_F(BadInput, AModelGivenAsProjectorIsNamed) {
  expect_complaint(run({"--mmproj", "model.gguf"}), 1, {"model.gguf", "not a vision projector"});
}

TEST_F(BadInput, AnUnknownBenchmarkProtocolOrSubsetGetsTheKnownOnes) {
  const auto benchmark =
      run_command({kOsler, "run", "-m", "model.gguf", "-b", "vqa-rda", "-d", "data"}, {.folder = folder()});
  expect_complaint(benchmark, 2, {"'vqa-rda'", "did you mean 'vqa-rad'"});
  expect_complaint(run({"--protocol", "papr"}), 2, {"'papr'", "paper", "direct"});
  expect_complaint(run({"--subset", "hard"}), 2, {"'hard'", "yes_no"});
  expect_complaint(run({"--form", "tsv"}), 2, {"'tsv'", "jsonl"});
}

TEST_F(BadInput, MissingDataSaysWhatWasLookedFor) {
  fs::create_directory(folder() / "empty");
  const auto none =
      run_command({kOsler, "run", "-m", "model.gguf", "-b", "data/slices.yaml", "-d", "empty"}, {.folder = folder()});
  expect_complaint(none, 1, {"empty", "items.jsonl"});
  const auto missing =
      run_command({kOsler, "run", "-m", "model.gguf", "-b", "data/slices.yaml", "-d", "nowhere"}, {.folder = folder()});
  expect_complaint(missing, 1, {"nowhere", "--data"});
  const auto unset = run_command({kOsler, "run", "-m", "model.gguf", "-b", "data/slices.yaml"},
                                 {.environment = {{"OSLER_DATA", ""}}, .folder = folder()});
  expect_complaint(unset, 1, {"--data DIR", "$OSLER_DATA"});
}

TEST_F(BadInput, JsonThatBreaksOffNamesLineAndByte) {
  const std::string items = read(folder() / "data/items.jsonl");
  write(folder() / "data/items.jsonl", items.substr(0, items.size() / 2));
  expect_complaint(run(), 1, {"items.jsonl", "line ", "byte ", "breaks off"});
}

TEST_F(BadInput, AMistypedCardNamesTheLine) {
  std::string card = read(folder() / "data/slices.yaml");
  card.replace(card.find("question: question"), 8, "questoin");
  write(folder() / "data/slices.yaml", card);
  expect_complaint(run(), 1, {"slices.yaml, line ", "questoin"});
}

TEST_F(BadInput, AMissingOrBrokenImageCostsOnlyItsItems) {
  fs::remove(folder() / "data/images/slice-03.png");
  fs::resize_file(folder() / "data/images/slice-05.png", 200);
  const auto result = run();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(unwrapped(result.out), HasSubstr("12 error"));
  EXPECT_THAT(result.err, HasSubstr("slice-03.png"));
  EXPECT_THAT(result.err, HasSubstr("slice-05.png"));
  const auto check = run_command({kOsler, "data", "check", "data/slices.yaml", "--data", "data"}, {.folder = folder()});
  EXPECT_EQ(check.status, 1);
  EXPECT_THAT(check.out, HasSubstr("slice-03.png"));
  EXPECT_THAT(check.out, HasSubstr("slice-05.png"));
}

TEST_F(BadInput, RetryErrorsAsksAgainOnceTheImageIsBack) {
  const auto image = folder() / "data/images/slice-03.png";
  fs::rename(image, folder() / "aside.png");
  EXPECT_EQ(run().status, 0);
  fs::rename(folder() / "aside.png", image);
  EXPECT_THAT(unwrapped(run().out), HasSubstr("6 error"));
  EXPECT_THAT(unwrapped(run({"--retry-errors"}).out), HasSubstr("0 error"));
}

TEST_F(BadInput, AnUnwritableOutputFolderIsNamed) {
  write(folder() / "file", "x");
  expect_complaint(run({"--out", "file/below"}), 1, {"file/below", "cannot be written", "--out"});
}

TEST_F(BadInput, AFullDiskLosesNothingThatWasWritten) {
  // A limit on the size of files stands for the disk: root can write to any full folder, but not past this.
  const auto limited = run_command({"bash", "-c",
                                    "trap '' XFSZ; ulimit -f 26; exec \"$0\" run --model model.gguf --benchmark "
                                    "data/slices.yaml --data data",
                                    kOsler},
                                   {.folder = folder()});
  EXPECT_EQ(limited.status, 1) << limited.err;
  EXPECT_THAT(limited.err, HasSubstr("responses.jsonl"));
  const std::string journal = read(folder() / "runs/model/slices/paper/responses.jsonl");
  EXPECT_GT(journal.size(), 4000U);
  EXPECT_EQ(journal.back(), '\n');
  const auto rest = run();
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_THAT(rest.err, HasSubstr("answers were there already"));
  EXPECT_EQ(read(folder() / "runs/model/slices/paper/responses.jsonl").substr(0, journal.size()), journal);
}

TEST_F(BadInput, ReportAndGradeNameWhatIsNoRun) {
  for (const std::string command : {"report", "grade"}) {
    expect_complaint(run_command({kOsler, command, "nowhere"}, {.folder = folder()}), 1, {"nowhere", "osler run"});
  }
  fs::create_directory(folder() / "odd");
  write(folder() / "odd/manifest.json", "{\"schema\": 1");
  expect_complaint(run_command({kOsler, "report", "odd"}, {.folder = folder()}), 1, {"manifest.json"});
}

TEST_F(BadInput, AMissingOrBrokenGradesFileSaysHowToMakeIt) {
  ASSERT_EQ(run().status, 0);
  const auto grades = folder() / "runs/model/slices/paper/grades.parquet";
  fs::resize_file(grades, 50);
  expect_complaint(run_command({kOsler, "report", "runs"}, {.folder = folder()}), 1, {"grades.parquet", "osler grade"});
  fs::remove(grades);
  expect_complaint(run_command({kOsler, "report", "runs"}, {.folder = folder()}), 1, {"grades.parquet", "osler grade"});
  EXPECT_EQ(run_command({kOsler, "grade", "runs"}, {.folder = folder()}).status, 0);
  EXPECT_EQ(run_command({kOsler, "report", "runs"}, {.folder = folder()}).status, 0);
}

TEST_F(BadInput, RecordedResponsesThatAreNoJsonAreNamedByLine) {
  write(folder() / "answers.jsonl", "{\"id\": \"00-0\", \"text\": \"\\\\boxed{A}\"}\nnot json\n");
  expect_complaint(run({}, "replay:answers.jsonl"), 1, {"answers.jsonl", "line 2"});
}

TEST_F(BadInput, ImagesOverTheLimitAreItemErrors) {
  // The drawn slices are far below one megapixel; a PNG head that claims 20,000 x 20,000 pixels is not.
  std::string bomb = read(folder() / "data/images/slice-00.png");
  const std::string side("\x00\x00\x4e\x20", 4);
  bomb.replace(16, 4, side).replace(20, 4, side);
  write(folder() / "data/images/slice-00.png", bomb);
  const auto result = run();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("slice-00.png"));
  EXPECT_THAT(unwrapped(result.out), HasSubstr("6 error"));
}

TEST_F(BadInput, AClosedStandardErrorStaysOutOfTheJournal) {
  const auto result =
      run_command({"bash", "-c",
                   "exec \"$0\" run --verbose --model model.gguf --benchmark data/slices.yaml --data data "
                   "--limit 3 2>&-",
                   kOsler},
                  {.folder = folder()});
  EXPECT_EQ(result.status, 0);
  const std::string journal = read(folder() / "runs/model/slices/paper/responses.jsonl");
  EXPECT_EQ(std::count(journal.begin(), journal.end(), '\n'), 3) << journal;
}

TEST_F(BadInput, AFolderNamedLikeAPartitionOrAWildcardChangesNoNumber) {
  const auto plain = run();
  EXPECT_EQ(run({"--out", "outcome=wrong"}).out, plain.out);
  EXPECT_EQ(run({"--out", "run*"}).out, plain.out);
}

TEST_F(BadInput, ASmallContextIsAnItemErrorAndNotACrash) {
  const auto result = run({"--context", "100"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto tiny = run({"--context", "1", "--out", "tiny"});
  EXPECT_EQ(tiny.status, 0) << tiny.err;
  for (const auto& err : {result.err, tiny.err}) EXPECT_EQ(err.find("survive"), std::string::npos) << err;
}

TEST_F(BadInput, ARunIsGradedAgainByTheProtocolItWasMadeWith) {
  std::string protocol = read(fs::path(OSLER_SOURCE_DIR) / "protocols" / "paper.yaml");
  protocol.replace(protocol.find("source: last_box"), 16, "source: whole_text");
  write(folder() / "mine.yaml", protocol);
  const auto first = run({"--protocol", "mine.yaml"});
  ASSERT_EQ(first.status, 0) << first.err;
  fs::remove(folder() / "mine.yaml");
  EXPECT_EQ(run_command({kOsler, "grade", "runs"}, {.folder = folder()}).out, first.out);
}

TEST_F(BadInput, ARunNamedTwiceStandsInTheTableOnce) {
  const auto once = run();
  fs::create_directory_symlink("runs", folder() / "link");
  EXPECT_EQ(run_command({kOsler, "report", "runs", "link", "runs/model"}, {.folder = folder()}).out, once.out);
  EXPECT_EQ(run_command({kOsler, "report", "link"}, {.folder = folder()}).out, once.out);
}

TEST_F(BadInput, OutputThatCannotBeWrittenIsAFailure) {
  for (const std::string command : {"--version", "report runs", "data check data/slices.yaml --data data"}) {
    static_cast<void>(run());
    const auto result =
        run_command({"bash", "-c", "exec \"$0\" " + command + " > /dev/full", kOsler}, {.folder = folder()});
    EXPECT_EQ(result.status, 1) << command;
    EXPECT_THAT(result.err, HasSubstr("standard output")) << command;
  }
}

TEST_F(BadInput, ANameFromAFileCannotWriteItsOwnLines) {
  write(folder() / "data/items.jsonl",
        "{\"id\": \"a\\u001b[31m\\nosler: all is well\", \"image\": \"none.png\", \"question\": \"Is it?\", "
        "\"options\": [\"p\", \"q\"], \"answer\": \"yes\", \"capability\": \"reasoning\"}\n");
  const auto result = run();
  EXPECT_EQ(result.err.find('\x1b'), std::string::npos);
  EXPECT_EQ(result.err.find("\nosler: all is well"), std::string::npos);
}

}  // namespace
}  // namespace osler::test
