#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/generation.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/prepared_requests.h"

namespace osler {

/// Cells in which `parallel` answers to prompts such as this one have room, unless they are unusually long.
[[nodiscard]] std::size_t cells_of_batch(const PreparedPrompt& prompt, const Decoding& decoding, std::size_t parallel);

/// Answers many requests at once: each branches from sequence 0, which holds what it has in common with others, and all
/// that are in hand are decoded in one batch a step. They enter as there is room and leave as they end.
class Batched {
 public:
  /// At most `parallel` answers are in hand at a time.
  Batched(const VisionModel& model, PromptPreparer& preparer, ImageEncoder& encoder, const ContextSettings& settings,
          const std::atomic<bool>& abort, std::size_t parallel);

  /// Takes requests until there are none. `alone` answers those that must not be mixed with others.
  [[nodiscard]] Status answer(PreparedRequests& requests, ResponseSink& sink, OneByOne& alone);

  void forget_all();
  void on_activity(const std::function<void()>& tell) { evaluator_.on_activity(tell); }

 private:
  using Clock = std::chrono::steady_clock;

  /// A request that waits for its place, perhaps for its second turn.
  struct Waiting {
    PreparedRequest prepared;
    std::optional<Response> first_turn;
    std::size_t tokens_when_evicted = 0;  ///< It gave its cells to others: it comes back when there is room for more.
  };

  /// An answer in the making.
  struct Live {
    Waiting asked;
    Response response;
    Generation generation;
    llama_seq_id sequence = 0;
    llama_pos position = 0;         ///< Of the next token.
    std::vector<llama_token> todo;  ///< To be evaluated: the rest of the prompt, then a token a step.
    std::size_t done = 0;           ///< Of todo.
    std::size_t limit = 0;          ///< Cells that prompt and answer may take.
    Clock::time_point start;
    Clock::time_point decode_start;
    bool prefilled = false;
  };

  /// Fills up with what is ready; waits for it if nothing is in hand. False when there is nothing left to do.
  [[nodiscard]] Result<bool> admit(PreparedRequests& requests, ResponseSink& sink, OneByOne& alone);
  [[nodiscard]] std::optional<Waiting> next_waiting(PreparedRequests& requests);
  /// Puts the request into hand, or back to the waiting ones if there is no room for it now (then false).
  [[nodiscard]] Result<bool> enter(Waiting asked, ResponseSink& sink);
  [[nodiscard]] Status begin(Waiting& asked, std::size_t needed);
  [[nodiscard]] std::size_t cells_to_enter(const Waiting& asked, std::size_t needed) const;
  [[nodiscard]] Status step(ResponseSink& sink);
  [[nodiscard]] Status ask_alone(Waiting asked, ResponseSink& sink, OneByOne& alone);
  /// Tokens of the next batch, if there is room for all.
  [[nodiscard]] std::size_t tokens_to_do() const;
  void make_room();
  [[nodiscard]] Status finish(std::list<Live>::iterator live, ResponseSink& sink);
  [[nodiscard]] llama_seq_id free_sequence() const;

  const VisionModel& model_;
  PromptPreparer& preparer_;
  std::size_t parallel_;
  Evaluator evaluator_;
  std::deque<Waiting> waiting_;
  std::list<Live> live_;  ///< The latest last.
  bool failed_ = false;   ///< The last batch could not be evaluated.
};

}  // namespace osler
