#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/prompt/protocol.h"

namespace osler {

/// How a language model is asked whether an answer to an open item is right: judges/*.yaml.
struct Judge {
  std::string name;
  std::string title;
  std::string pattern;  ///< The prompt; lines that are a field, {answer}, stand for that text.
  Decoding decoding;
  std::uint64_t max_answer_bytes = 2000;  ///< Longer answers are cut.
  ExtractionRules extraction;  ///< How the grader reads the reply, as an item with the options correct and incorrect.
  std::string text;            ///< The file as written.
  std::string hash;            ///< SHA-256 of the text.
};

/// Parses a judge; errors name the line of `file`.
[[nodiscard]] Result<Judge> parse_judge(const std::string& text, const std::string& file);

/// A judge by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<Judge> find_judge(const std::string& name_or_path);

/// What a judge gets to see. Any of it may be hostile.
struct JudgeCase {
  std::string question;
  std::string gold;
  std::vector<std::string> synonyms;
  std::string answer;
  bool cut = false;  ///< The answer is only a beginning.
};

/// The prompt about one answer. Every field becomes lines that begin with "> ", whatever line ends it holds, so it
/// cannot pass for the prompt's own words; control characters and bytes that are not UTF-8 become "?". Fields are
/// filled in once: braces in them stay.
[[nodiscard]] std::string make_judge_prompt(const Judge& judge, const JudgeCase& about);

}  // namespace osler
