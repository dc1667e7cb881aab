#include "osler/engine/llama/batched.h"

#include <algorithm>
#include <utility>

#include "osler/engine/llama/timing.h"
#include "osler/engine/turns.h"

namespace osler {
namespace {

/// Reasoning is rarely longer; the context gets so much room for each answer, and what needs more takes it from others.
constexpr std::size_t kUsualAnswer = 1024;
/// An answer is not begun where there is not at least so much room for it.
constexpr std::size_t kFirstTokens = 128;

std::size_t most_new_tokens(const Decoding& decoding) {
  return static_cast<std::size_t>(std::max(1, decoding.max_new_tokens));
}

}  // namespace

std::size_t cells_of_batch(const PreparedPrompt& prompt, const Decoding& decoding, std::size_t parallel) {
  return parallel * (prompt.cells + std::min(kUsualAnswer, most_new_tokens(decoding)));
}

Batched::Batched(const VisionModel& model, PromptPreparer& preparer, ImageEncoder& encoder,
                 const ContextSettings& settings, const std::atomic<bool>& abort, std::size_t parallel)
    : model_(model), preparer_(preparer), parallel_(parallel), evaluator_(model, encoder, settings, abort) {}

void Batched::forget_all() {
  live_.clear();
  waiting_.clear();
  evaluator_.forget_all();
}

Status Batched::answer(PreparedRequests& requests, ResponseSink& sink, OneByOne& alone) {
  while (true) {
    const auto more = admit(requests, sink, alone);
    if (!more) return pass(more);
    if (!*more) return {};
    if (live_.empty()) continue;
    auto status = step(sink);
    if (status) continue;
    if (!std::exchange(failed_, false)) return status;
    // It cannot be told whose tokens it was. By itself every one gets its answer, or its own error.
    std::list<Live> failed = std::exchange(live_, {});
    evaluator_.wipe();
    for (auto& live : failed) {
      if (auto kept = ask_alone(std::move(live.asked), sink, alone); !kept) return kept;
    }
  }
}

/// There is memory for one large context: the batch's goes first, and comes back with the next batch.
Status Batched::ask_alone(Waiting asked, ResponseSink& sink, OneByOne& alone) {
  evaluator_.close();
  auto response = alone.answer(asked.prepared);
  if (!response) return pass(response);
  if (asked.first_turn) response = join_turns(std::move(*asked.first_turn), std::move(*response));
  return sink.accept(std::move(*response));
}

std::optional<Batched::Waiting> Batched::next_waiting(PreparedRequests& requests) {
  if (!waiting_.empty()) {
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }
  auto request = live_.empty() ? requests.take() : requests.take_ready();
  if (!request) return std::nullopt;
  return Waiting{std::move(*request), std::nullopt, 0};
}

Result<bool> Batched::admit(PreparedRequests& requests, ResponseSink& sink, OneByOne& alone) {
  while (live_.size() < parallel_) {
    auto asked = next_waiting(requests);
    if (!asked) return !live_.empty();
    const Request& request = asked->prepared.request;
    if (request.exact || request.scoring || !asked->prepared.prompt) {
      if (!live_.empty()) {
        waiting_.push_front(std::move(*asked));
        return true;
      }
      if (auto kept = ask_alone(std::move(*asked), sink, alone); !kept) return pass(kept);
      continue;
    }
    if (live_.empty() && evaluator_.cells() == 0) alone.close();
    const auto entered = enter(std::move(*asked), sink);
    if (!entered) return pass(entered);
    if (!*entered) return true;
  }
  return true;
}

/// Cells that must be free before an answer is begun, when `needed` are all that it can ever take.
std::size_t Batched::cells_to_enter(const Waiting& asked, std::size_t needed) const {
  const PreparedPrompt& prompt = *asked.prepared.prompt;
  const std::size_t shared = evaluator_.shared_cells(prompt);
  const std::size_t most = most_new_tokens(asked.prepared.request.decoding);
  const std::size_t answer = std::min(most, std::max(kFirstTokens, 2 * asked.tokens_when_evicted));
  // Those in hand have cells coming to them as well.
  std::size_t promised = 0;
  for (const auto& live : live_) promised += live.todo.size() - live.done;
  return std::min(needed, prompt.cells + answer) - shared + promised;
}

Status Batched::begin(Waiting& asked, std::size_t needed) {
  const PreparedPrompt& prompt = *asked.prepared.prompt;
  if (live_.empty()) {
    const std::size_t usual = cells_of_batch(prompt, asked.prepared.request.decoding, parallel_);
    const std::size_t wanted = std::min(usual, evaluator_.most_cells());
    if (evaluator_.cells() < needed || evaluator_.cells() < wanted / 5 * 4) {
      if (auto status = evaluator_.reserve(std::max(needed, wanted), parallel_ + 1); !status) return status;
    }
  }
  if (auto status = check_room(prompt, evaluator_.cells()); !status) return status;
  return evaluator_.begin(prompt, /*share=*/true);
}

Result<bool> Batched::enter(Waiting asked, ResponseSink& sink) {
  const auto start = Clock::now();
  const Request& request = asked.prepared.request;
  const PreparedPrompt& prompt = *asked.prepared.prompt;
  Response response = response_to(request, prompt);
  const auto needed = cells_needed(evaluator_, prompt, request.decoding);
  const bool fits =
      needed && *needed <= evaluator_.cells() && cells_to_enter(asked, *needed) <= evaluator_.free_cells();
  if (needed && !fits && !live_.empty()) {
    waiting_.push_front(std::move(asked));
    return false;
  }
  const Status begun = needed ? begin(asked, *needed) : Status(pass(needed));
  if (!begun) {
    if (begun.error().code == ErrorCode::interrupted) return pass(begun);
    response.finish = FinishReason::error;
    response.error = begun.error().message();
    if (asked.first_turn) response = join_turns(std::move(*asked.first_turn), std::move(response));
    if (auto kept = sink.accept(std::move(response)); !kept) return pass(kept);
    return true;
  }
  const llama_seq_id sequence = free_sequence();
  evaluator_.branch(sequence);
  Generation generation(model_, request.decoding, request.letters);
  std::vector<llama_token> todo = prompt.chunks.back()->tokens;
  live_.push_back({std::move(asked), std::move(response), std::move(generation), sequence, evaluator_.position(),
                   std::move(todo), 0, evaluator_.limit_for(*needed), start, start, false});
  return true;
}

llama_seq_id Batched::free_sequence() const {
  llama_seq_id sequence = 1;
  while (std::any_of(live_.begin(), live_.end(), [&](const Live& live) { return live.sequence == sequence; })) {
    ++sequence;
  }
  return sequence;
}

std::size_t Batched::tokens_to_do() const {
  std::size_t tokens = 0;
  for (const auto& live : live_) tokens += live.todo.size() - live.done;
  return std::min(tokens, evaluator_.batch_limit());
}

/// Answers that were begun last give way until there is room for what is to be done next; they are begun again later.
void Batched::make_room() {
  if (evaluator_.free_cells() < tokens_to_do()) evaluator_.release_unused_prefix();
  while (evaluator_.free_cells() < tokens_to_do() && live_.size() > 1) {
    Live& last = live_.back();
    evaluator_.drop(last.sequence);
    last.asked.tokens_when_evicted = static_cast<std::size_t>(last.generation.tokens());
    waiting_.push_front(std::move(last.asked));
    live_.pop_back();
    evaluator_.release_unused_prefix();
  }
}

Status Batched::step(ResponseSink& sink) {
  make_room();
  std::vector<BatchToken> batch;
  std::vector<std::pair<std::list<Live>::iterator, std::size_t>> outputs;
  for (auto live = live_.begin(); live != live_.end(); ++live) {
    const std::size_t room = std::min(evaluator_.batch_limit(), evaluator_.free_cells()) - batch.size();
    const std::size_t count = std::min(live->todo.size() - live->done, room);
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_last = live->done + 1 == live->todo.size();
      batch.push_back({live->todo[live->done++], live->position++, live->sequence, is_last});
      if (is_last) outputs.emplace_back(live, batch.size() - 1);
    }
  }
  if (auto status = evaluator_.decode(batch); !status) {
    failed_ = status.error().code == ErrorCode::engine;
    return status;
  }
  for (const auto& [live, index] : outputs) {
    if (!live->prefilled) {
      live->prefilled = true;
      live->decode_start = Clock::now();
    }
    const std::size_t used = live->asked.prepared.prompt->cells + live->generation.tokens();
    const auto token = live->generation.next(evaluator_.logits(index), used < live->limit);
    if (token && *token) {
      live->todo.assign(1, **token);
      live->done = 0;
      continue;
    }
    if (!token) {
      // What is not a number here may have come from the cells of another.
      failed_ = true;
      return pass(token);
    }
    if (auto kept = finish(live, sink); !kept) return kept;
  }
  return {};
}

Status Batched::finish(std::list<Live>::iterator live, ResponseSink& sink) {
  Response response = std::move(live->response);
  std::move(live->generation).finish_into(response);
  response.prefill_ms = milliseconds_between(live->start, live->decode_start);
  response.decode_ms = milliseconds_since(live->decode_start);
  Waiting asked = std::move(live->asked);
  evaluator_.drop(live->sequence);
  live_.erase(live);
  Request& request = asked.prepared.request;
  if (!asked.first_turn && !request.follow_up.empty()) {
    Request next = second_turn(request, response.text);
    auto prompt = preparer_.prepare(next);
    waiting_.push_back({{std::move(next), std::move(prompt)}, std::move(response), 0});
    return {};
  }
  if (asked.first_turn) response = join_turns(std::move(*asked.first_turn), std::move(response));
  return sink.accept(std::move(response));
}

}  // namespace osler
