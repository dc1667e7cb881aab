#pragma once

#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/import/format.h"

namespace osler {

/// Under which names the fields of a record stand: of several, the first that is there. Names may lead through objects
/// ("doc.question").
struct RecordFields {
  std::vector<std::string> id;
  std::vector<std::string> response;
  /// Names that other files use for the gold answer or the question: taken for the response only where a record holds
  /// nothing else that could be meant.
  std::vector<std::string> uncertain_response;
  std::vector<std::string> question;
  std::vector<std::string> prompt;
  std::vector<std::string> gold;
  std::vector<std::string> options;         ///< One field that holds all of them.
  std::vector<std::string> option_columns;  ///< One field for each; those that are empty at the end are none.
  std::vector<std::string> image;
  std::vector<std::string> kind;
  std::vector<std::string> model;
  std::vector<std::string> finish;
  std::vector<std::string> required;  ///< Names that the user gave: every record must have them.
};

/// The names that the format's tool uses.
[[nodiscard]] RecordFields fields_of_format(RecordFormat format);

/// Puts names of the user's in place of the known ones: "id=qid", "response=pred", "options=A+B+C" (one column per
/// option). Keys: id, response, question, prompt, gold, options, image, kind, model, finish. Anything else is a usage
/// error.
[[nodiscard]] Status map_fields(const std::vector<std::string>& mapping, RecordFields& fields);

}  // namespace osler
