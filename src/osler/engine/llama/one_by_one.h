#pragma once

#include <atomic>
#include <functional>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/generation.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/option_scorer.h"
#include "osler/engine/llama/prepared_prompt.h"
#include "osler/engine/llama/prepared_requests.h"

namespace osler {

/// The tokens that the context must have room for: the user's number, or the prompt's and the answer's, as far as the
/// model was trained for so many. Fails with ErrorCode::limit when the prompt alone is too large for the model.
[[nodiscard]] Result<std::size_t> cells_needed(const Evaluator& evaluator, const PreparedPrompt& prompt,
                                               const Decoding& decoding);

/// A prompt must leave room for a token of the answer: fails with ErrorCode::limit where it does not.
[[nodiscard]] Status check_room(const PreparedPrompt& prompt, std::size_t cells);

/// A response with what is known of its prompt.
[[nodiscard]] Response response_to(const Request& request, const PreparedPrompt& prompt);
[[nodiscard]] Response error_response(const Request& request, const Error& error);

/// Answers requests one after another in sequence 0 of a context. What a prompt has in common with the one before it,
/// up to its last image, is evaluated once; the numbers are those of an empty context.
class OneByOne {
 public:
  OneByOne(const VisionModel& model, PromptPreparer& preparer, ImageEncoder& encoder, const ContextSettings& settings,
           const std::atomic<bool>& abort, bool share);

  /// What goes wrong with the request is a response; a failure only says that it was interrupted.
  [[nodiscard]] Result<Response> answer(const PreparedRequest& prepared);

  [[nodiscard]] const Evaluator& evaluator() const { return evaluator_; }
  void forget_all() { evaluator_.forget_all(); }
  /// Gives the contexts' memory back.
  void close();
  void on_activity(const std::function<void()>& tell);

 private:
  /// Where an answer begins.
  struct Start {
    std::size_t logits = 0;  ///< Their index in the last batch.
    std::size_t limit = 0;   ///< Cells that prompt and answer may take.
  };

  [[nodiscard]] Result<Response> answer_turn(const Request& request, const Result<PreparedPrompt>& prompt);
  [[nodiscard]] Status evaluate(const Request& request, const PreparedPrompt& prompt, Response& response);
  [[nodiscard]] Status generate(const Request& request, const PreparedPrompt& prompt, Start start, Response& response);
  /// The tokens of the answer, until it ends.
  [[nodiscard]] Status write(Generation& generation, const PreparedPrompt& prompt, Start start);
  [[nodiscard]] Status score(const Request& request, const PreparedPrompt& prompt, Response& response);

  const VisionModel& model_;
  PromptPreparer& preparer_;
  bool share_;
  Evaluator evaluator_;
  Evaluator alone_;
  OptionScorer scorer_;
};

}  // namespace osler
