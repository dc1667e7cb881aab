#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"

namespace re2 {
class RE2;
}

namespace osler {

/// A condition on one column of a row. Values are compared trimmed and without regard to ASCII case. A column may be
/// named by its way through objects: "misc.question_type".
struct Match {
  std::string column;
  std::vector<std::string> values;    ///< Any of these, if not empty.
  std::vector<std::string> prefixes;  ///< And the value starts with one of these, if not empty.
};

/// The first rule whose condition holds gives an item its kind; a rule without condition always holds.
struct KindRule {
  Kind kind = Kind::open;
  std::optional<Match> when;
};

/// What a split must hold; `osler data check` compares.
struct Expectation {
  std::optional<std::uint64_t> items;
  std::map<std::string, std::uint64_t> kinds;         ///< By the names of Kind.
  std::map<std::string, std::uint64_t> subsets;       ///< By the names of Form::subsets.
  std::map<std::string, std::uint64_t> gold_letters;  ///< Of the mcq items.
  std::map<std::string, std::uint64_t> capabilities;  ///< By the names of Capability.
  std::optional<std::uint64_t> images;                ///< References to images.
  std::optional<std::uint64_t> distinct_images;
};

/// How a text that is written in a cell becomes a value with parts.
enum class Literal {
  json,    ///< {"A": "..."}
  python,  ///< ['...', "..."]
};

/// How a column's text becomes an item's question.
struct QuestionColumn {
  std::string column;
  std::string until;  ///< If not empty: what stands from here on is left out (options repeated in the question).
};

enum class AnswerForm {
  text,    ///< The answer column repeats the text of an option, or is free text.
  letter,  ///< The answer column holds the letter of an option.
};

/// How the gold answer is found.
struct AnswerColumn {
  std::string column;
  AnswerForm form = AnswerForm::text;
  std::vector<std::string> yes;  ///< What counts as yes in items of kind yes_no, lower case.
  std::vector<std::string> no;
};

/// How the images of a row are found.
struct ImageColumns {
  std::vector<std::string> columns;  ///< In the order of the images; a column may hold a list.
  std::vector<std::string> folders;  ///< Beside the data file, tried in order; "." is the file's own folder. May be or
                                     ///< lead into a zip: "imgs.zip/imgs".
  std::string extension;             ///< Put behind names that have none: ".jpg".
  bool base64 = false;               ///< The cells hold the images themselves.
  bool marked = false;               ///< `<image k>` in the texts stands for the k-th image.
};

/// How the options of an item are found.
struct OptionColumns {
  std::vector<std::string> columns;  ///< One column with a list or an object, or one per option.
  bool strip_letters = false;        ///< Options repeat a letter: " A: Green " is "Green".
  bool from_question = false;        ///< They are listed in the question only: "Which is bigger, kidney or spleen?"
  std::map<std::string, std::vector<std::string>> listed;  ///< Of questions (see question_key) that name them freely.
  bool add_gold = false;  ///< A gold answer that is not among the options becomes the last of them.

  [[nodiscard]] bool any() const { return from_question || !columns.empty(); }
};

/// A stratum: a column, or the first of several that holds something, perhaps with part of the value only or another
/// word for it.
struct StratumColumn {
  std::vector<std::string> columns;           ///< "{n_images}" and "{n_options}" stand for the item's own counts.
  std::shared_ptr<const re2::RE2> pattern;    ///< If there is one, the value is what its group matches.
  std::map<std::string, std::string> values;  ///< Value, lower case, to the word used; others stay as they are.
};

/// Where a form lies on a hub.
struct HubSource {
  std::string repo;      ///< "org/name"; empty if nowhere.
  std::string revision;  ///< A commit, or a branch.
  std::vector<std::string> files;
};

/// What rows of this form look like, to tell them from another benchmark's under the same name.
struct Recognition {
  Match match;
  std::string otherwise;  ///< What the file probably is, for the message.
};

/// One way in which a benchmark lies on disk, and how its columns become items.
struct Form {
  std::vector<std::vector<std::string>> synonyms;  ///< The card's: groups of texts that mean the same, as they stand.
  std::string name;
  std::string title;
  std::string format;  ///< parquet, json, jsonl, csv or tsv.
  HubSource hub;
  std::map<std::string, std::vector<std::string>> files;  ///< Split to patterns; "*" stands for any split.
  std::vector<std::string> archives;                      ///< Patterns of zips that may hold the files.
  std::map<std::string, Match> split_rows;                ///< Split to the rows that belong to it, when files mix them.
  std::optional<Match> where;                             ///< Of all splits: rows of other subjects are left out.
  std::vector<std::string> required_columns;
  std::vector<std::string> optional_columns;  ///< That a condition asks for, but not every record has.
  std::optional<Recognition> recognition;
  std::map<std::string, Literal> literals;  ///< Columns whose texts are values with parts.
  std::string id;                           ///< Template: {split}, {row} or a column's name in braces.
  QuestionColumn question;
  AnswerColumn answer;
  ImageColumns images;
  OptionColumns options;
  std::vector<KindRule> kinds;
  std::map<std::string, Match> subsets;  ///< Named parts of a split that can be asked for.
  std::map<std::string, StratumColumn> strata;
  std::string capability_column;
  std::map<std::string, std::string> capability_values;  ///< Column value, lower case, to capability name.
  std::map<std::string, Expectation> expect;
};

/// A benchmark: what it is, what it may be used for, and the forms it comes in.
struct Card {
  std::string name;
  std::string title;
  std::string citation;
  std::string licence;
  std::string url;
  std::string default_protocol;
  std::string default_split;
  std::vector<std::string> training_splits;  ///< Whose images a test should not share.
  std::vector<Form> forms;
  std::string hash;  ///< SHA-256 of the card's text.
};

/// Parses a card. `file` is what errors call it; they name the line.
[[nodiscard]] Result<Card> parse_card(const std::string& text, const std::string& file);

/// How questions are compared with those in OptionColumns::listed: lower case, spaces collapsed, no final question
/// mark.
[[nodiscard]] std::string question_key(std::string_view question);

}  // namespace osler
