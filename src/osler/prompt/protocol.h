#pragma once

#include <map>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler {

/// How an item becomes a prompt and a response an answer: protocols/*.yaml.
struct Protocol {
  std::string name;
  std::string title;
  std::string system;                     ///< System message; empty: whatever the model's template does by itself.
  std::map<Kind, std::string> templates;  ///< User message per kind; {question} and {options} are filled in.
  std::string option_line;                ///< One line of {options}; {letter} and {text} are filled in.
  Decoding decoding;
  std::string answer_source;       ///< Where the grader looks: last_box or whole_text.
  std::vector<std::string> rules;  ///< The grader's rules in order, by name.
  std::string hash;                ///< SHA-256 of the protocol's text.
};

/// Parses a protocol; errors name the line of `file`.
[[nodiscard]] Result<Protocol> parse_protocol(const std::string& text, const std::string& file);

/// A protocol by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<Protocol> find_protocol(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> protocol_names();

/// The prompt of an item: the system message if there is one, then one user message with the images in order
/// followed by the text. Filling in is done once: braces in a question stay as they are.
[[nodiscard]] Prompt make_prompt(const Protocol& protocol, const Item& item);

}  // namespace osler
