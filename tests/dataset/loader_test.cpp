#include "osler/dataset/loader.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// Two forms: one JSON file with all splits, and JSON Lines with a file each.
constexpr const char* kCard = R"(name: made-up
licence: CC0-1.0
forms:
  - name: mixed
    format: json
    files: {"*": [all.json]}
    splits: {test: {column: s, prefix: test_}, train: {column: s, in: [a, b]}}
    id: "{n}"
    question: q
    answer: {column: a}
    kinds: [{kind: yes_no, when: {column: a, in: ["yes", "no"]}}, {kind: open}]
    subsets: {closed: {column: t, in: [CLOSED]}, open: {column: t, in: [OPEN]}}
    capability: {column: c, understanding: [u], reasoning: [r]}
  - name: lines
    format: jsonl
    files: {test: ["test-*.jsonl"]}
    id: "{split}-{row}"
    question: q
    answer: {column: a}
    kinds: [{kind: open}]
)";

constexpr const char* kRows = R"([
  {"n": 1, "s": "Test_free", "t": "CLOSED ", "c": "u", "q": "Is it?", "a": "Yes"},
  {"n": 2, "s": "a", "t": "OPEN", "c": "u", "q": "Where?", "a": "there"},
  {"n": 3, "s": "test_para", "t": "CLOSED", "c": "r", "q": "Left or right?", "a": "left"},
  {"n": 4, "s": "test_free", "t": "OPEN", "c": "r", "q": "What?", "a": 7}])";

class LoaderTest : public test::FolderTest {
 protected:
  Result<RowSet> load(const RowSetRequest& request = {}) const { return load_row_set(card_, request, {folder_}); }

  std::vector<std::string> ids(const RowSetRequest& request = {}) const {
    const auto rows = load(request);
    EXPECT_TRUE(rows) << test::message_of(rows);
    std::vector<std::string> out;
    if (rows) {
      for (const auto& item : rows->items) out.push_back(item.id);
    }
    return out;
  }

  /// The hash of one made-up item after a change of its row.
  std::string hash_with(const std::string& name, const std::string& row) const {
    const Card card = test::card_of(test::card_text("jsonl", "    kinds: [{kind: mcq}]\n    options: o\n"));
    write(name, row);
    const auto rows = load_row_set(card, {}, {(folder_ / name).parent_path()});
    EXPECT_TRUE(rows) << test::message_of(rows);
    return rows ? rows->hash() : "";
  }

  Card card_ = test::card_of(kCard);
};

TEST_F(LoaderTest, ASplitIsChosenByTheRowsOfOneFile) {
  write("all.json", kRows);
  EXPECT_THAT(ids(), ElementsAre("1", "3", "4"));
  EXPECT_THAT(ids({"train", {}, {}, {}}), ElementsAre("2"));
  EXPECT_EQ(load()->name(), "made-up:test (mixed)");
  EXPECT_EQ(load()->licence, "CC0-1.0");
  EXPECT_EQ(load()->subset_counts, (std::map<std::string, std::uint64_t>{{"closed", 2}, {"open", 1}}));
}

TEST_F(LoaderTest, ASubsetIsOneOfTheCardsBeforeItIsAKind) {
  write("all.json", kRows);
  EXPECT_THAT(ids({{}, {}, "closed", {}}), ElementsAre("1", "3"));
  EXPECT_THAT(ids({{}, {}, "yes_no", {}}), ElementsAre("1"));
  // 3 is of the kind open as well; the card says that "open" is a column's word.
  EXPECT_THAT(ids({{}, {}, "open", {}}), ElementsAre("4"));
  EXPECT_EQ(load({{}, {}, "closed", {}})->name(), "made-up:test/closed (mixed)");
  EXPECT_EQ(load({{}, {}, "closed", {}})->subset_counts, load()->subset_counts);
}

TEST_F(LoaderTest, ACapabilityIsAFilter) {
  write("all.json", kRows);
  EXPECT_THAT(ids({{}, {}, {}, Capability::reasoning}), ElementsAre("3", "4"));
  EXPECT_EQ(load({{}, {}, "closed", Capability::reasoning})->name(), "made-up:test/closed+reasoning (mixed)");
  const auto none = load({{}, {}, "yes_no", Capability::reasoning});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("made-up:test/yes_no+reasoning (mixed) has no items"));
}

TEST_F(LoaderTest, RowsAreCountedOnOverShards) {
  write("test-1.jsonl", "{\"q\": \"second\", \"a\": \"x\"}\n");
  write("test-0.jsonl", "{\"q\": \"zeroth\", \"a\": \"x\"}\n{\"q\": \"first\", \"a\": \"x\"}\n");
  EXPECT_THAT(ids(), ElementsAre("test-0", "test-1", "test-2"));
  EXPECT_EQ(load()->items.back().question, "second");
}

TEST_F(LoaderTest, TwoFormsOnDiskAreNotedAndOneCanBeChosen) {
  write("all.json", kRows);
  const auto lines = write("test-0.jsonl", "{\"q\": \"zeroth\", \"a\": \"x\"}\n");
  const auto rows = load();
  EXPECT_EQ(rows->form, "mixed");
  EXPECT_THAT(rows->notes, ElementsAre("made-up is also here in the form 'lines' (" + lines.string() +
                                       "); --form lines chooses it"));
  const auto chosen = load({{}, "lines", {}, {}});
  EXPECT_EQ(chosen->form, "lines");
  EXPECT_THAT(chosen->notes, IsEmpty());
}

TEST_F(LoaderTest, ADamagedFileThatAnotherFormStandsInForIsNoted) {
  const auto damaged = write("all.json", "[{");
  write("test-0.jsonl", "{\"q\": \"zeroth\", \"a\": \"x\"}\n");
  const auto rows = load();
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_THAT(rows->notes, ElementsAre(StartsWith("passed over: " + damaged.string() + ", byte 2")));
}

TEST_F(LoaderTest, ARepeatedIdIsAProblemAndGetsANameThatIsTheSameInEverySubset) {
  write("all.json", R"([
    {"n": 1, "s": "test_", "t": "OPEN", "c": "u", "q": "A?", "a": "x"},
    {"n": "1@2", "s": "test_", "t": "OPEN", "c": "u", "q": "B?", "a": "x"},
    {"n": 1, "s": "test_", "t": "CLOSED", "c": "u", "q": "C?", "a": "x"}])");
  EXPECT_THAT(ids(), ElementsAre("1", "1@2", "1@2@2"));
  EXPECT_THAT(ids({{}, {}, "closed", {}}), ElementsAre("1@2@2"));
  ASSERT_EQ(load()->problems.size(), 1U);
  EXPECT_EQ(load()->problems.front().what, "repeats the id '1'; it is called '1@2@2' here");
}

TEST_F(LoaderTest, UnknownNamesAreUsageErrorsThatNameTheKnownOnes) {
  write("all.json", kRows);
  const auto form = load({{}, "hf", {}, {}});
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().code, ErrorCode::usage);
  EXPECT_EQ(form.error().message(), "made-up has no form 'hf'; it has: mixed, lines");
  const auto subset = load({{}, {}, "shut", {}});
  ASSERT_FALSE(subset);
  EXPECT_EQ(subset.error().code, ErrorCode::usage);
  EXPECT_EQ(subset.error().message(),
            "made-up has no subset 'shut' in the form 'mixed'; it has: mcq, yes_no, open, closed");
  // Its one file is here, but none of its rows are known to belong to such a split.
  const auto split = load({"validation", {}, {}, {}});
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().code, ErrorCode::usage);
  EXPECT_EQ(split.error().message(), "made-up has no split 'validation'; it has: test, train");
}

TEST_F(LoaderTest, NothingFoundSaysWhatWasLookedForAndWhere) {
  fs::create_directories(folder_ / "other");
  const auto rows = load_row_set(card_, {}, {folder_, folder_ / "other"});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::not_found);
  EXPECT_EQ(rows.error().message(),
            folder_.string() + " and " + (folder_ / "other").string() +
                ": no file of made-up (split test) is here; looked for: all.json, test-*.jsonl");
  EXPECT_THAT(test::message_of(load_row_set(card_, {}, {})), HasSubstr("--data DIR or $OSLER_DATA"));
  EXPECT_THAT(test::message_of(load_row_set(card_, {}, {folder_ / "none"})), HasSubstr("cannot be searched"));
}

TEST_F(LoaderTest, RootsAreSearchedInOrder) {
  write("one/unrelated.json", "[]");
  write("two/all.json", kRows);
  write("three/all.json", kRows);
  const auto rows = load_row_set(card_, {}, {folder_ / "one", folder_ / "two", folder_ / "three"});
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_THAT(rows->files, ElementsAre(folder_ / "two/all.json"));
}

TEST_F(LoaderTest, ALookAlikeIsRefusedWithTheReason) {
  const auto file = write("all.json", R"([{"q": "?", "answer": "x"}])");
  const auto rows = load();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::unsupported);
  EXPECT_THAT(rows.error().message(), StartsWith(folder_.string() + ": no file of made-up (split test) is here; "));
  EXPECT_THAT(rows.error().message(),
              HasSubstr(file.string() + " is named like the form 'mixed', but has no column 'a'; looked for"));
}

TEST_F(LoaderTest, AFileThatIsCutShortIsCalledThatAndNotAnotherBenchmark) {
  const auto file = write("all.json", std::string(kRows).substr(0, 100));
  const auto rows = load();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::malformed);
  EXPECT_THAT(rows.error().message(), StartsWith(file.string() + ", byte 100: the JSON breaks off"));
  EXPECT_THAT(rows.error().message(), testing::Not(HasSubstr("this is not")));
}

TEST_F(LoaderTest, ARowThatIsNoItemNamesFileAndRecord) {
  const auto file = write("all.json", R"([
    {"n": 1, "s": "test_", "t": "", "c": "", "q": "A?", "a": "x"}, {"n": 2, "s": "test_", "q": ""}])");
  EXPECT_THAT(test::message_of(load()), StartsWith(file.string() + ", record 1: has no question"));
}

TEST_F(LoaderTest, AMissingImageIsAProblemOnceHoweverManyItemsNameIt) {
  const Card card = test::card_of(test::card_text("jsonl", "    kinds: [{kind: open}]\n    images: {columns: [i]}\n"));
  write("data.jsonl",
        "{\"q\": \"A?\", \"a\": \"x\", \"i\": \"p.png\"}\n{\"q\": \"B?\", \"a\": \"x\", \"i\": \"p.png\"}\n");
  const auto rows = load_row_set(card, {}, {folder_});
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->items.size(), 2U);
  ASSERT_EQ(rows->problems.size(), 1U);
  EXPECT_EQ(rows->problems.front().item_id, "0");
  EXPECT_EQ(rows->problems.front().what, "has no image " + (folder_ / "p.png").string());
}

TEST_F(LoaderTest, TheHashIsOfTheItemsAndNotOfWhereTheyLie) {
  const std::string same = hash_with("1/data.x", R"({"q": "?", "o": ["a", "b"], "a": "a"})");
  EXPECT_EQ(same.size(), 64U);
  EXPECT_EQ(hash_with("2/deep/data.y", R"({"a": "a", "q": "?", "o": ["a", "b"], "more": 1})"), same);
  EXPECT_NE(hash_with("3/data.x", R"({"q": "!", "o": ["a", "b"], "a": "a"})"), same);
  EXPECT_NE(hash_with("4/data.x", R"({"q": "?", "o": ["a", "c"], "a": "a"})"), same);
  EXPECT_NE(hash_with("5/data.x", R"({"q": "?", "o": ["b", "a"], "a": "a"})"), same);
  EXPECT_NE(hash_with("6/data.x", R"({"q": "?", "o": ["a", "b"], "a": "b"})"), same);
  EXPECT_NE(hash_with("7/data.x",
                      "{\"q\": \"?\", \"o\": [\"a\", \"b\"], \"a\": \"a\"}\n"
                      "{\"q\": \"?\", \"o\": [\"a\", \"b\"], \"a\": \"a\"}"),
            same);
}

TEST(RowSetHash, FieldsDoNotRunIntoEachOther) {
  const auto hash = [](std::vector<std::string> options, const std::string& gold, std::size_t images) {
    RowSet rows;
    Item item;
    item.id = "1";
    item.options = std::move(options);
    item.gold = gold;
    item.images.resize(images);
    rows.items.push_back(item);
    return rows.hash();
  };
  EXPECT_NE(hash({"a", "b"}, "c", 1), hash({"a"}, "b", 1));
  EXPECT_NE(hash({"ab"}, "c", 1), hash({"a"}, "bc", 1));
  EXPECT_NE(hash({}, "c", 1), hash({}, "c", 2));
}

TEST_F(LoaderTest, ARowSetOfAnotherSizeThanTheCardsIsSaidAloud) {
  const Card card = test::card_of(
      test::card_text("jsonl",
                      "    kinds: [{kind: yes_no, when: {column: a, in: [\"yes\"]}}, {kind: open}]\n"
                      "    subsets: {marked: {column: m, in: [x]}}\n"
                      "    expect: {test: {items: 3, kinds: {yes_no: 1, open: 1}, subsets: {marked: 2}}}\n"));
  write("data.jsonl", "{\"q\": \"A?\", \"a\": \"yes\", \"m\": \"x\"}\n{\"q\": \"B?\", \"a\": \"b\", \"m\": 1}\n");
  const auto notes = [&](const RowSetRequest& request) { return load_row_set(card, request, {folder_})->notes; };
  EXPECT_THAT(notes({}), ElementsAre("made-up:test (f) has 2 items here, its card says 3: this is a part of it, or "
                                     "another version"));
  EXPECT_THAT(notes({{}, {}, "marked", {}}), ElementsAre(HasSubstr("has 1 items here, its card says 2")));
  EXPECT_THAT(notes({{}, {}, "open", {}}), IsEmpty());
  EXPECT_THAT(notes({{}, {}, "yes_no", {}}), IsEmpty());
}

TEST_F(LoaderTest, AStreamHandsItemsOnAsTheyAreReadAndEndsWhenItsReceiverHasEnough) {
  const Card card = test::card_of(test::card_text("jsonl"));
  // The third line is broken: it is never read.
  write("data.jsonl", "{\"q\": \"A?\", \"a\": \"x\"}\n{\"q\": \"B?\", \"a\": \"y\"}\n{\"q\": \n");
  std::vector<std::string> seen;
  const auto rows = stream_row_set(card, {}, {folder_}, [&seen](Item&& item) {
    seen.push_back(item.question);
    return seen.size() < 2;
  });
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_THAT(seen, ElementsAre("A?", "B?"));
  EXPECT_TRUE(rows->items.empty());
  EXPECT_FALSE(load_row_set(card, {}, {folder_}));
}

TEST_F(LoaderTest, AnInventoryHasEverySplitOfEveryFormAndReadsEachFromItsPlace) {
  write("one/all.json", kRows);
  write("two/test-0.jsonl", R"({"q": "Who?", "a": "you"})");
  const auto inventory = take_inventory(card_, {folder_});
  ASSERT_TRUE(inventory) << test::message_of(inventory);
  std::vector<std::string> found;
  for (const auto& one : inventory->row_sets) {
    std::uint64_t items = 0;
    const auto rows = stream_found(card_, one, [&items](Item&&) { return ++items > 0; });
    ASSERT_TRUE(rows) << test::message_of(rows);
    found.push_back(rows->name() + " " + std::to_string(items));
    EXPECT_EQ(one.root, folder_);
  }
  EXPECT_THAT(found, ElementsAre("made-up:test (mixed) 3", "made-up:train (mixed) 1", "made-up:test (lines) 1"));
}

TEST_F(LoaderTest, AnInventoryKeepsWhatCannotBeRead) {
  write("all.json", "[{");
  write("test-0.jsonl", R"({"q": "Who?", "a": "you"})");
  const auto inventory = take_inventory(card_, {folder_});
  ASSERT_TRUE(inventory) << test::message_of(inventory);
  EXPECT_EQ(inventory->row_sets.size(), 1U);
  ASSERT_EQ(inventory->unreadable.size(), 1U);
  EXPECT_THAT(inventory->unreadable[0].message(), HasSubstr("all.json"));
  EXPECT_FALSE(take_inventory(card_, {folder_ / "absent"}));
}

TEST_F(LoaderTest, AColumnMayHaveADotInItsName) {
  write("data.csv", "id,asked.en,said.en\n1,Who?,me\n");
  const Card card = test::card_of(
      "name: dots\nforms:\n  - name: f\n    format: csv\n    files: {test: data.csv}\n    id: \"{id}\"\n"
      "    question: asked.en\n    answer: {column: said.en}\n    kinds: [{kind: open}]\n");
  const auto rows = load_row_set(card, {}, {folder_});
  ASSERT_TRUE(rows) << test::message_of(rows);
  EXPECT_EQ(rows->items.front().question, "Who?");
  EXPECT_EQ(rows->items.front().gold, "me");
}

}  // namespace
}  // namespace osler
