#include <fmt/format.h>

#include "osler/dataset/card_draft.h"

namespace osler {
namespace {

constexpr const char* kTemplate =
    R"(# A card: how the records of a data file become questions. All keys: docs/your-own-benchmark.md
# This one is for a JSON Lines file, items.jsonl, with one question a line, and images/ beside it:
#   {{"id": "w-1", "kind": "mcq", "image": "w-1.png", "question": "Which side?", "options": ["left", "right"],
#    "answer": "left", "modality": "CR"}}
# Change what is different with you, then:  osler data check {0}.yaml --data DIR
name: {0}  # letters, digits, '-', '_' and '.'; tables and folders of runs are called so
title: My benchmark  # a name for people
licence: internal use only  # who may use the data; said wherever it is checked
default_protocol: paper  # how it is asked and graded
default_split: test  # which of the files below '{0}' means

forms:  # the ways in which the benchmark lies on disk; most have one
  - name: jsonl  # what --form calls it
    format: jsonl  # parquet, json, jsonl, csv or tsv
    files: {{test: ["items.jsonl"]}}  # for each split the files' names; '*' stands for any characters
    id: "{{id}}"  # a column in braces: its values must differ and stay; no patient's name or number
    question: question  # the column with the question
    answer: {{column: answer}}  # the gold answer: an option's text, yes or no, or free text
    options: options  # the column with the list of options; or one each: [option_a, option_b, option_c]
    images: {{columns: [image], folders: [images, "."]}}  # columns with names of files, and where these lie
    kinds:  # how a question is asked and graded: the first rule that fits
      - {{kind: yes_no, when: {{column: answer, in: ["yes", "no"]}}}}
      - {{kind: mcq, when: {{column: kind, in: [mcq]}}}}
      - {{kind: open}}  # everything else
    strata: {{modality: modality}}  # results are broken down by these: name in tables, column
    # Further keys; take away the '#' to use one:
    # answer: {{column: answer, is: letter}}  # the gold answer is the letter of an option
    # where: {{column: checked, in: [done]}}  # only these records
    # splits: {{test: {{column: split, in: [test]}}}}  # one file holds several splits
    # subsets: {{portable: {{column: device, in: [portable]}}}}  # asked for as {0}/portable
    # capability: {{column: level, understanding: [recall], reasoning: [reasoning]}}
    # literals: {{options: json}}  # cells of CSV files that spell a list: json or python
    # expect: {{test: {{items: 120, images: 120}}}}  # 'osler data check' compares
)";

}  // namespace

std::string card_template(const std::string& name) { return fmt::format(fmt::runtime(kTemplate), name); }

}  // namespace osler
