#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"

namespace osler {

/// A condition on one column of a row. Values are compared trimmed and without regard to ASCII case.
struct Match {
  std::string column;
  std::vector<std::string> values;  ///< Any of these, if not empty.
  std::string prefix;               ///< And the value starts so, if not empty.
};

/// The first rule whose condition holds gives an item its kind; a rule without condition always holds.
struct KindRule {
  Kind kind = Kind::open;
  std::optional<Match> when;
};

/// What a split must hold; `osler data check` compares.
struct Expectation {
  std::optional<std::uint64_t> items;
  std::map<std::string, std::uint64_t> kinds;    ///< By the names of Kind.
  std::map<std::string, std::uint64_t> subsets;  ///< By the names of Form::subsets.
  std::optional<std::uint64_t> distinct_images;
};

/// How the images of a row are found.
struct ImageColumns {
  std::vector<std::string> columns;  ///< In the order of the images; a column may hold a list.
  std::vector<std::string> folders;  ///< Beside the data file, tried in order; "." is the file's own folder.
};

enum class AnswerForm {
  text,    ///< The answer column repeats the text of an option, or is free text.
  letter,  ///< The answer column holds the letter of an option.
};

/// One way in which a benchmark lies on disk, and how its columns become items.
struct Form {
  std::string name;
  std::string title;
  std::string format;                                     ///< parquet, json, jsonl, csv or tsv.
  std::map<std::string, std::vector<std::string>> files;  ///< Split to patterns; "*" stands for any split.
  std::map<std::string, Match> split_rows;                ///< Split to the rows that belong to it, when files mix them.
  std::vector<std::string> required_columns;
  std::string id;  ///< Template: {split}, {row} or a column's name in braces.
  std::string question_column;
  std::string answer_column;
  AnswerForm answer_form = AnswerForm::text;
  ImageColumns images;
  std::vector<std::string> option_columns;  ///< One column with a list or an object, or one per option.
  std::vector<KindRule> kinds;
  std::map<std::string, Match> subsets;       ///< Named parts of a split that can be asked for.
  std::map<std::string, std::string> strata;  ///< Stratum to column.
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
  std::vector<Form> forms;
  std::string hash;  ///< SHA-256 of the card's text.
};

/// Parses a card. `file` is what errors call it; they name the line.
[[nodiscard]] Result<Card> parse_card(const std::string& text, const std::string& file);

}  // namespace osler
