#include "osler/engine/llama/one_by_one.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "osler/engine/llama/timing.h"
#include "osler/engine/turns.h"

namespace osler {
namespace {

using Clock = std::chrono::steady_clock;

/// Options without their question take little room, whatever the user gives to prompts.
ContextSettings as_needed(ContextSettings settings) {
  settings.fixed_cells = 0;
  return settings;
}

}  // namespace

Status check_room(const PreparedPrompt& prompt, std::size_t cells) {
  if (prompt.cells < cells) return {};
  return fail(ErrorCode::limit,
              fmt::format("the prompt has {} tokens and the context room for {}", prompt.cells, cells), {},
              "raise --context, or lower --image-max-tokens");
}

Result<std::size_t> cells_needed(const Evaluator& evaluator, const PreparedPrompt& prompt, const Decoding& decoding) {
  const std::size_t all =
      evaluator.wanted_cells(prompt.cells + static_cast<std::size_t>(std::max(1, decoding.max_new_tokens)));
  if (evaluator.is_fixed()) return all;
  const std::size_t trained = evaluator.trained_cells();
  if (trained == 0 || all <= trained) return all;
  if (prompt.cells < trained) return trained;
  return fail(ErrorCode::limit,
              fmt::format("the prompt has {} tokens, and the model was trained on {}", prompt.cells, trained), {},
              "lower --image-max-tokens, or take a model with a longer context");
}

Response response_to(const Request& request, const PreparedPrompt& prompt) {
  Response response;
  response.item_id = request.item_id;
  response.prompt_hash = prompt.hash;
  response.prompt_tokens = prompt.cells;
  response.image_tokens = prompt.image_tokens;
  return response;
}

Response error_response(const Request& request, const Error& error) {
  Response response;
  response.item_id = request.item_id;
  response.finish = FinishReason::error;
  response.error = error.message();
  return response;
}

OneByOne::OneByOne(const VisionModel& model, PromptPreparer& preparer, ImageEncoder& encoder,
                   const ContextSettings& settings, const std::atomic<bool>& abort, bool share)
    : model_(model),
      preparer_(preparer),
      share_(share && model.can_share()),
      evaluator_(model, encoder, settings, abort),
      alone_(model, encoder, as_needed(settings), abort),
      scorer_(model, preparer, alone_) {}

void OneByOne::close() {
  evaluator_.close();
  alone_.close();
}

void OneByOne::on_activity(const std::function<void()>& tell) {
  evaluator_.on_activity(tell);
  alone_.on_activity(tell);
}

Result<Response> OneByOne::answer(const PreparedRequest& prepared) {
  const Request& request = prepared.request;
  auto first = answer_turn(request, prepared.prompt);
  if (!first || request.follow_up.empty() || first->finish == FinishReason::error) return first;
  const Request next = second_turn(request, first->text);
  auto second = answer_turn(next, preparer_.prepare(next));
  if (!second) return second;
  return join_turns(std::move(*first), std::move(*second));
}

Result<Response> OneByOne::answer_turn(const Request& request, const Result<PreparedPrompt>& prompt) {
  if (!prompt) return error_response(request, prompt.error());
  Response response = response_to(request, *prompt);
  auto status = request.scoring ? score(request, *prompt, response) : evaluate(request, *prompt, response);
  if (status) return response;
  if (status.error().code == ErrorCode::interrupted) return pass(status);
  // The next item must not inherit what went wrong.
  evaluator_.wipe();
  alone_.wipe();
  response.finish = FinishReason::error;
  response.error = status.error().message();
  return response;
}

Status OneByOne::evaluate(const Request& request, const PreparedPrompt& prompt, Response& response) {
  const auto start = Clock::now();
  const auto cells = cells_needed(evaluator_, prompt, request.decoding);
  if (!cells) return pass(cells);
  if (auto status = evaluator_.reserve(*cells, 1); !status) return status;
  // Looked at first: the image would be encoded before it is found that there is no room.
  if (auto status = check_room(prompt, evaluator_.cells()); !status) return status;
  if (auto status = evaluator_.begin(prompt, share_); !status) return status;
  const auto last = evaluate_last_chunk(evaluator_, prompt);
  if (!last) return pass(last);
  response.prefill_ms = milliseconds_since(start);
  const auto decode_start = Clock::now();
  auto status = generate(request, prompt, {*last, evaluator_.limit_for(*cells)}, response);
  response.decode_ms = milliseconds_since(decode_start);
  return status;
}

Status OneByOne::generate(const Request& request, const PreparedPrompt& prompt, Start start, Response& response) {
  Generation generation(model_, request.decoding, request.letters);
  auto status = write(generation, prompt, start);
  std::move(generation).finish_into(response);
  return status;
}

Status OneByOne::write(Generation& generation, const PreparedPrompt& prompt, Start start) {
  llama_pos at = evaluator_.position() + static_cast<llama_pos>(prompt.chunks.back()->tokens.size());
  for (std::size_t index = start.logits;; index = 0) {
    const bool has_room = prompt.cells + generation.tokens() < start.limit;
    const auto token = generation.next(evaluator_.logits(index), has_room);
    if (!token) return pass(token);
    if (!*token) return {};
    const BatchToken next{**token, at++, 0, true};
    if (auto status = evaluator_.decode({&next, 1}); !status) return status;
  }
}

Status OneByOne::score(const Request& request, const PreparedPrompt& prompt, Response& response) {
  const auto start = Clock::now();
  Decoding nothing;
  nothing.max_new_tokens = 1;
  if (auto cells = cells_needed(evaluator_, prompt, nothing); !cells) return pass(cells);
  if (evaluator_.most_cells() > 0) {
    if (auto status = check_room(prompt, evaluator_.most_cells()); !status) return status;
  }
  auto scores = scorer_.score(evaluator_, prompt, *request.scoring, share_);
  response.prefill_ms = milliseconds_since(start);
  if (!scores) return pass(scores);
  response.option_scores = std::move(*scores);
  return {};
}

}  // namespace osler
