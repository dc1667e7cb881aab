#include "osler/dataset/card.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

using test::card_text;
using testing::HasSubstr;
using testing::StartsWith;

std::string complaint(const std::string& text) { return test::message_of(parse_card(text, "card.yaml")); }

/// What a form's line of more complains about; the line is the ninth.
std::string complaint_about(const std::string& more) { return complaint(card_text("json", more)); }

TEST(Card, ReadsEveryKey) {
  const Card card = test::card_of(
      "name: made-up\ntitle: T\ncitation: C\nlicence: L\nurl: U\ndefault_protocol: direct\ndefault_split: val\n"
      "forms:\n"
      "  - name: f\n    title: FT\n    format: tsv\n    files: {val: [a.tsv, b.tsv], \"*\": all.tsv}\n"
      "    splits: {train: {column: s, in: [Train, \" DEV \"]}, val: {column: s, prefix: VAL}}\n"
      "    requires: [extra]\n    id: \"{split}-{n}\"\n    question: q\n    answer: {column: a, is: letter}\n"
      "    images: {columns: [i, j], folders: [x, .]}\n    options: [o1, o2]\n"
      "    kinds: [{kind: yes_no, when: {column: t, in: [yn]}}, {kind: mcq}]\n"
      "    subsets: {closed: {column: t, in: [CLOSED]}}\n    strata: {organ: o}\n"
      "    capability: {column: c, understanding: U, reasoning: [R1, r2]}\n"
      "    expect: {val: {items: 3, kinds: {mcq: 2}, subsets: {closed: 1}, distinct_images: 2}}\n");
  EXPECT_EQ(card.title, "T");
  EXPECT_EQ(card.default_protocol, "direct");
  EXPECT_EQ(card.default_split, "val");
  ASSERT_EQ(card.forms.size(), 1U);
  const Form& form = card.forms.front();
  EXPECT_EQ(form.files.at("*"), std::vector<std::string>{"all.tsv"});
  EXPECT_EQ(form.split_rows.at("train").values, (std::vector<std::string>{"train", "dev"}));
  EXPECT_EQ(form.split_rows.at("val").prefixes, std::vector<std::string>{"val"});
  EXPECT_EQ(form.answer.form, AnswerForm::letter);
  EXPECT_EQ(form.images.folders, (std::vector<std::string>{"x", "."}));
  EXPECT_EQ(form.kinds.at(0).kind, Kind::yes_no);
  EXPECT_FALSE(form.kinds.at(1).when.has_value());
  EXPECT_EQ(form.capability_values.at("r1"), "reasoning");
  EXPECT_EQ(form.capability_values.at("u"), "understanding");
  EXPECT_EQ(form.expect.at("val").items, 3U);
  EXPECT_EQ(form.expect.at("val").distinct_images, 2U);
  EXPECT_EQ(form.required_columns, (std::vector<std::string>{"extra", "q", "a", "i", "j", "s", "t", "c"}));
}

TEST(Card, WhatIsLeftOutHasADefault) {
  const Card card = test::card_of(card_text("json"));
  EXPECT_EQ(card.title, "made-up");
  EXPECT_EQ(card.default_protocol, "paper");
  EXPECT_EQ(card.default_split, "test");
  EXPECT_EQ(card.forms.front().title, "f");
  EXPECT_TRUE(card.forms.front().images.columns.empty());
}

TEST(Card, ItsHashIsThatOfItsText) {
  EXPECT_NE(test::card_of(card_text("json")).hash, test::card_of(card_text("jsonl")).hash);
  EXPECT_EQ(test::card_of(card_text("json")).hash, test::card_of(card_text("json")).hash);
}

TEST(Card, AnUnknownKeyIsNamedWithItsLineOnEveryLevel) {
  EXPECT_THAT(complaint("nmae: x\n"),
              StartsWith("card.yaml, line 1: unknown key 'nmae'; did you mean 'name'? known here: name, title"));
  EXPECT_THAT(complaint_about("    quetsion: x\n"), StartsWith("card.yaml, line 9: unknown key 'quetsion'"));
  for (const auto* line : {"    images: {columns: [i], folder: x}\n", "    kinds: [{kind: open, if: x}]\n",
                           "    subsets: {s: {column: a, is: x}}\n", "    capability: {column: c, thinking: x}\n",
                           "    expect: {test: {item: 3}}\n"}) {
    const std::string kinds = std::string(line).find("kinds") == std::string::npos ? "    kinds: [{kind: open}]\n" : "";
    EXPECT_THAT(complaint_about(line + kinds), StartsWith("card.yaml, line 9: unknown key '")) << line;
  }
}

TEST(Card, AMissingKeyIsNamed) {
  EXPECT_THAT(complaint("title: x\n"), StartsWith("card.yaml, line 1: 'name' is missing"));
  EXPECT_THAT(complaint("name: x\n"), StartsWith("card.yaml, line 1: 'forms' is missing"));
  EXPECT_THAT(complaint("name: x\nforms:\n  - name: f\n"), HasSubstr("line 3: 'format' is missing"));
  EXPECT_THAT(complaint_about(""), StartsWith("card.yaml, line 3: 'kinds' is missing"));
  EXPECT_THAT(complaint_about("    kinds: [{when: {column: a, in: [x]}}]\n"), HasSubstr("line 9: 'kind' is missing"));
}

TEST(Card, AnUnknownFormatKindOrAnswerNamesTheKnownOnes) {
  EXPECT_THAT(complaint(card_text("xlsx")),
              StartsWith("card.yaml, line 4: unknown format 'xlsx'; known: parquet, json, jsonl, csv, tsv"));
  EXPECT_THAT(complaint_about("    kinds: [{kind: essay}]\n"),
              StartsWith("card.yaml, line 9: unknown kind 'essay'; known: mcq, yes_no, open"));
  EXPECT_THAT(complaint_about("    expect: {test: {kinds: {yesno: 3}}}\n    kinds: [{kind: open}]\n"),
              StartsWith("card.yaml, line 9: unknown kind 'yesno'"));
  EXPECT_THAT(complaint("name: x\nforms:\n  - {name: f, format: json, files: {test: a}, id: \"{row}\", question: q,\n"
                        "     answer: {column: a, is: number}, kinds: [{kind: open}]}\n"),
              StartsWith("card.yaml, line 4: an answer cannot be 'number'; known: text, letter"));
}

TEST(Card, AConditionNeedsSomethingToCompareWith) {
  EXPECT_THAT(complaint_about("    kinds: [{kind: open, when: {column: a}}]\n"),
              StartsWith("card.yaml, line 9: a condition needs 'in' or 'prefix'"));
  EXPECT_THAT(complaint_about("    kinds: [{kind: open, when: {column: a, in: []}}]\n"), HasSubstr("needs 'in'"));
}

TEST(Card, CountsAreWholeAndNotNegative) {
  for (const auto* value : {"-1", "3.5", "many", "99999999999999999999", "[3]"}) {
    EXPECT_THAT(complaint_about("    kinds: [{kind: open}]\n    expect: {test: {items: " + std::string(value) + "}}\n"),
                StartsWith("card.yaml, line 10: 'items' must be a "))
        << value;
  }
}

TEST(Card, AnIdMustTellRowsApart) {
  std::string text = card_text("json");
  text.replace(text.find("{row}"), 5, "same");
  EXPECT_THAT(complaint(text), StartsWith("card.yaml, line 6: 'same' makes the same id of every row"));
}

TEST(Card, FilesMustNameFilesAndSplits) {
  const std::string more = "    kinds: [{kind: open}]\n";
  EXPECT_THAT(complaint(card_text("json", more, "{}")), StartsWith("card.yaml, line 5: 'files' names no split"));
  EXPECT_THAT(complaint(card_text("json", more, "{test: []}")),
              StartsWith("card.yaml, line 5: the split 'test' names no file"));
  EXPECT_THAT(complaint(card_text("json", more, "{test: [\"\"]}")), HasSubstr("names no file"));
  EXPECT_THAT(complaint(card_text("json", more, "data.json")),
              StartsWith("card.yaml, line 5: 'files' must be a mapping"));
  EXPECT_THAT(complaint(card_text("json", more, "{\"*\": a.json}")),
              HasSubstr("files of any split ('*') need 'splits'"));
}

TEST(Card, AValueOfAnotherShapeIsMetWithAnExample) {
  const std::string card = card_text("json");
  const auto with = [&card](const std::string& old, const std::string& other) {
    std::string text = card;
    text.replace(text.find(old), old.size(), other);
    return complaint(text);
  };
  EXPECT_THAT(with("answer: {column: a}", "answer: a"), HasSubstr("for example: answer: {column: answer}"));
  EXPECT_THAT(with("[{kind: open}]", "[open]"), HasSubstr("for example: kinds: [{kind: mcq}]"));
  EXPECT_THAT(with("kinds:", "images: [i]\n    kinds:"), HasSubstr("for example: images: {columns: [image]"));
  EXPECT_THAT(with("question: q", "question: [q"), HasSubstr("close what was left open"));
}

TEST(Card, NamesThatBecomeFoldersAreFitForIt) {
  for (const auto* name : {"../elsewhere", "/tmp", "a b", ".hidden", "\"\""}) {
    EXPECT_THAT(complaint("name: " + std::string(name) + "\n"), HasSubstr("line 1: '")) << name;
    EXPECT_THAT(complaint("name: " + std::string(name) + "\n"), HasSubstr("cannot be a name")) << name;
  }
  EXPECT_THAT(complaint(card_text("json", "    kinds: [{kind: open}]\n", "{../x: a.json}")),
              StartsWith("card.yaml, line 5: '../x' cannot be a name"));
}

TEST(Card, MultipleChoiceNeedsOptions) {
  EXPECT_THAT(complaint_about("    kinds: [{kind: mcq}]\n"), HasSubstr("items of kind mcq need 'options'"));
}

TEST(Card, TwoFormsOrTwoKeysOfOneNameAreRefused) {
  const std::string text = card_text("json");
  EXPECT_THAT(complaint(text + text.substr(text.find("  - name: f"))),
              StartsWith("card.yaml, line 10: there are two forms 'f'"));
  EXPECT_THAT(complaint(text + "name: again\n"), StartsWith("card.yaml, line 10: 'name' stands here twice"));
  EXPECT_THAT(complaint(text + "---\nname: again\n"), StartsWith("card.yaml, line 10: goes on after its end"));
  for (const auto* more : {"]\n", "}\n", "---\n", "...\nx: y\n", "] x: y\n", "--- ]\n", ", ]\n", "%TAG\n"}) {
    EXPECT_THAT(complaint(text + more), StartsWith("card.yaml, line 1")) << more;
  }
  EXPECT_EQ(complaint("# first\n---\n" + text + "...\n# last\n"), "(no error)");
}

TEST(Card, SynonymsAreGroupsOfTwoOrMore) {
  const std::string text = test::card_text("json");
  const auto card = parse_card("synonyms: [\"CT = computed  tomography = CAT scan\"]\n" + text, "card.yaml");
  ASSERT_TRUE(card) << test::message_of(card);
  EXPECT_EQ(card->forms.front().synonyms,
            (std::vector<std::vector<std::string>>{{"CT", "computed tomography", "CAT scan"}}));
  EXPECT_THAT(complaint("synonyms: [CT]\n" + text), testing::HasSubstr("'CT' is not a group of synonyms"));
  EXPECT_THAT(complaint("synonyms: [CT = ]\n" + text), testing::HasSubstr("'CT =' is not a group of synonyms"));
}

TEST(Card, WhatIsNoCardIsAnErrorThatNamesTheFile) {
  for (const auto* text : {"", "text", "- a\n- b\n", "name: [", "\t", "name: \"x", "*a", "a: b: c", "forms: 3\nname: x",
                           "name: x\nforms: [3]", "name: {a: b}", "[a]: b\n"}) {
    EXPECT_THAT(complaint(text), StartsWith("card.yaml")) << text;
  }
}

TEST(Card, ACardThatRefersToItselfIsAnErrorAndNoLoop) {
  EXPECT_THAT(complaint("&a\nname: x\nforms: [*a]\n"), StartsWith("card.yaml"));
  EXPECT_THAT(complaint("name: x\nforms: &f [*f]\n"), StartsWith("card.yaml"));
}

TEST(Card, DeepNestingIsAnError) {
  EXPECT_THAT(complaint("name: x\nforms: " + std::string(100'000, '[')), StartsWith("card.yaml"));
  EXPECT_THAT(complaint("name: x\nforms: " + std::string(100'000, '{')), StartsWith("card.yaml"));
}

}  // namespace
}  // namespace osler
