#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/image.h"

namespace osler {

/// A piece of a message: either text or the number of one of the request's images.
struct PromptPart {
  std::optional<std::size_t> image;  ///< Index into Request::images; text is then empty.
  std::string text;
};

struct Message {
  std::string role;  ///< "system", "user" or "assistant".
  std::vector<PromptPart> parts;
};

/// What a protocol makes of an item, before the model's own chat template is applied.
struct Prompt {
  std::vector<Message> messages;
};

/// How the answer is decoded.
struct Decoding {
  std::int32_t max_new_tokens = 4096;
  double temperature = 0.0;  ///< 0 is greedy.
  std::uint64_t seed = 0;    ///< Used only when temperature > 0.
};

/// An option whose likelihood is asked for.
struct OptionText {
  std::string letter;
  std::string text;
};

/// Asks how likely the model finds each option as the answer, instead of letting it write one.
struct OptionQuestion {
  std::vector<OptionText> options;
  std::string answer_prefix;  ///< Begins the model's turn; letter or text follow it. May be empty.
  Prompt unconditional;       ///< Without the question: how likely the texts are by themselves.
};

/// One item on its way to an engine.
struct Request {
  std::string item_id;
  Prompt prompt;
  std::vector<std::shared_ptr<const Image>> images;
  Decoding decoding;
  /// Asked in a second turn, after the model's reply to the prompt; the reply to this one is the response. Empty: one
  /// turn.
  std::string follow_up = {};
  /// Of the item's options. Where the model writes one of them, its probability is kept (Response::letter_marks).
  std::vector<std::string> letters = {};
  /// Set: nothing is generated, the options are scored (Response::option_scores).
  std::optional<OptionQuestion> scoring = {};
  /// Answered as if it were alone, whatever the engine does to be faster: for checking what that changes.
  bool exact = false;
};

enum class FinishReason {
  stop,    ///< The model ended its turn.
  length,  ///< The token limit or the context was reached.
  error,   ///< No answer; Response::error says why.
};

[[nodiscard]] std::string_view name_of(FinishReason reason);
[[nodiscard]] std::optional<FinishReason> finish_reason_from(std::string_view name);

/// How likely a model finds one option of an item; natural logarithms, of probabilities over the whole vocabulary.
struct OptionScore {
  double letter_logprob = 0.0;         ///< Of the first token of the option's letter.
  double text_logprob = 0.0;           ///< Of the option's text: the sum over its tokens. Without any, no number.
  std::uint64_t text_tokens = 0;       ///< Of the text; 0 where the option has none, as a picture.
  double unconditional_logprob = 0.0;  ///< Of the same tokens after OptionQuestion::unconditional.
};

/// A place in a response where the model wrote a letter of the item's options.
struct LetterMark {
  std::uint64_t at = 0;  ///< Byte of the letter in Response::text.
  double logprob = 0.0;  ///< Natural logarithm of the probability of the token that holds it, at temperature 1.
};

/// What an engine returned for one item, untouched.
struct Response {
  std::string item_id;
  std::string text;
  std::string first_reply;  ///< Of two turns (Request::follow_up): the reply to the first. It is not graded.
  std::string reasoning;    ///< What a server keeps apart as the model's thoughts. It is not graded.
  FinishReason finish = FinishReason::stop;
  std::string error;          ///< Set when finish is error.
  std::string prompt_hash;    ///< SHA-256 of the prompt as the model saw it, images included; empty if never rendered.
  std::string image_cluster;  ///< Hash of the decoded pixels of the item's images; equal images, equal cluster.
  std::uint64_t prompt_tokens = 0;  ///< Image tokens included.
  std::uint64_t image_tokens = 0;
  std::uint64_t completion_tokens = 0;
  double prefill_ms = 0.0;  ///< Image encoding included.
  double decode_ms = 0.0;
  std::vector<OptionScore> option_scores = {};  ///< As many as Request::scoring has options, in their order.
  std::vector<LetterMark> letter_marks = {};    ///< By place; of a long response the last few dozen.
  bool cached = false;  ///< Not asked now but taken from a cache: tokens and times are those of the first asking.
};

}  // namespace osler
