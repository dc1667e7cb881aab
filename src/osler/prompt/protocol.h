#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/deciding_score.h"
#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler {

/// Where the images of an item go in the user message.
enum class ImagePolicy {
  interleave,    ///< Where the item's text marks them (Item::marks_images); without marks: as images_first.
  images_first,  ///< All before the text, in their order; marks stay in the text, which can refer to them.
  images_last,   ///< All after the text.
  first_only,    ///< The first one alone, before the text; the others are not shown.
};

/// How a response becomes an answer, for the grader: a list of rules, or the whole scoring of another tool.
struct ExtractionRules {
  std::string source;              ///< Where the grader looks: last_box, whole_text or lenient.
  std::vector<std::string> rules;  ///< In order, by name.
  std::string open_match;          ///< When an open answer is the gold one: words, key or squad.
  std::string evaluator;           ///< Another tool's scoring, by name; then the others are empty.
};

/// `scoring: likelihood`: items with options are not answered in words, their options are scored. Open items have none:
/// they are generated and read as under any protocol.
struct LikelihoodScoring {
  DecidingScore choose = DecidingScore::letter;
  std::string answer_prefix;              ///< OptionQuestion::answer_prefix.
  std::string unconditional = "Answer:";  ///< The user message of OptionQuestion::unconditional.
};

/// What a protocol does otherwise for some benchmarks.
struct ProtocolVariant {
  std::vector<std::string> benchmarks;  ///< Patterns of names as tables have them: "slake*".
  std::map<Kind, std::string> templates;
  std::optional<std::string> option_line;
  std::optional<ImagePolicy> image_policy;
  std::optional<std::string> evaluator;
};

/// How an item becomes a prompt and a response an answer: protocols/*.yaml.
struct Protocol {
  std::string name;
  std::string title;
  std::string system;                     ///< System message; empty: whatever the model's template does by itself.
  std::map<Kind, std::string> templates;  ///< User message per kind, with the fields {question}, {options}
                                          ///< and {options_inline}, which is "(A) text (B) text".
  std::string option_line;                ///< One line of {options}; {letter} and {text} are filled in.
  /// Asked in a second turn, after the model's reply to the first; the reply to this one is the response. Empty: one
  /// turn. {last_letter} is the letter of the item's last option.
  std::string follow_up;
  ImagePolicy image_policy = ImagePolicy::interleave;
  Decoding decoding;
  std::optional<LikelihoodScoring> likelihood;
  ExtractionRules extraction;
  std::vector<ProtocolVariant> variants;
  std::string text;  ///< The protocol as written: kept with every run, for grading it again.
  std::string hash;  ///< SHA-256 of the protocol's text.
};

/// Parses a protocol; errors name the line of `file`.
[[nodiscard]] Result<Protocol> parse_protocol(const std::string& text, const std::string& file);

/// A protocol by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<Protocol> find_protocol(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> protocol_names();

/// The protocol as it is for a benchmark, by the name that tables have for it ("slake:zh", "vqa-rad/closed"): the first
/// variant with a pattern that matches is put in. Text and hash stay those of the whole protocol.
[[nodiscard]] Protocol protocol_for(Protocol protocol, std::string_view benchmark);

/// How many of an item's `images` its prompt shows: always the first ones, in one place or another.
[[nodiscard]] std::size_t shown_images(const Protocol& protocol, std::size_t images);

/// The prompt of an item: the system message if there is one, then one user message. The template is filled in once:
/// braces in a question stay as they are. Images stand before the text in their order, unless they are interleaved:
/// then the first `<image k>` of the question and the options is cut out for the k-th image, with all that is around it
/// left alone, and images that have no mark follow the question, before its options. Any later `<image k>`, and one
/// that has no image, stays text. A protocol with a follow-up keeps that for Request::follow_up. The parts name exactly
/// the first shown_images() of the item's images, each once.
[[nodiscard]] Prompt make_prompt(const Protocol& protocol, const Item& item);

/// The protocol's follow-up for this item; empty if it has none.
[[nodiscard]] std::string make_follow_up(const Protocol& protocol, const Item& item);

/// What the protocol asks about the item's options instead of having an answer written; nothing if it does not, or if
/// the item has no options. Texts are the options as the item has them, marks of images included. The unconditional
/// prompt has the protocol's system message too, and no image.
[[nodiscard]] std::optional<OptionQuestion> make_scoring(const Protocol& protocol, const Item& item);

/// The letters of the item's options; none for open items.
[[nodiscard]] std::vector<std::string> option_letters(const Item& item);

/// Whether the prompts of multiple-choice items list the options with their letters.
[[nodiscard]] bool lists_options(const Protocol& protocol);

}  // namespace osler
