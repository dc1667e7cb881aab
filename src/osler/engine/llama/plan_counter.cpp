#include "osler/engine/llama/plan_counter.h"

#include <algorithm>
#include <span>
#include <utility>

#include "osler/engine/llama/batched.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/turns.h"

namespace osler {
namespace {

/// To which the library rounds the size of a context up.
constexpr std::size_t kLibraryStep = 256;

Decoding decoding_of(const Request& request) {
  Decoding decoding = request.decoding;
  if (request.scoring) decoding.max_new_tokens = 1;
  return decoding;
}

}  // namespace

PlanCounter::PlanCounter(const VisionModel& model, PromptPreparer& preparer, const Evaluator& evaluator,
                         const LlamaOptions& options)
    : model_(model),
      preparer_(preparer),
      evaluator_(evaluator),
      options_(options),
      shares_(options.sharing != Sharing::none && model.can_share()),
      encoded_(options.sharing == Sharing::none ? 0 : options.image_cache) {}

Result<std::size_t> PlanCounter::context_for(const PreparedPrompt& prompt, const Request& request) const {
  const Decoding decoding = decoding_of(request);
  auto cells = cells_needed(evaluator_, prompt, decoding);
  if (!cells) return cells;
  if (options_.sharing == Sharing::batched && shares_ && !request.scoring && !evaluator_.is_fixed()) {
    const std::size_t usual =
        cells_of_batch(prompt, decoding, static_cast<std::size_t>(std::max(1, options_.parallel)));
    cells = std::max(*cells, std::min(usual, evaluator_.most_cells()));
  }
  auto room = evaluator_.room_for(*cells);
  if (!room) return room;
  *room = (*room + kLibraryStep - 1) / kLibraryStep * kLibraryStep;
  if (auto status = check_room(prompt, *room); !status) return pass(status);
  if (auto status = evaluator_.check(prompt); !status) return pass(status);
  return room;
}

Result<std::uint64_t> PlanCounter::add(const Request& request) {
  const auto prompt = preparer_.prepare(request);
  if (!prompt) return pass(prompt);
  const auto cells = context_for(*prompt, request);
  if (!cells) return pass(cells);
  ++counts_.items;
  counts_.images += request.images.size();
  add_pictures(*prompt);
  const auto most = static_cast<std::uint64_t>(std::max(0, request.decoding.max_new_tokens));
  add_prompt(*prompt, *cells, request.scoring ? 0 : most);
  if (request.scoring) {
    add_options(*request.scoring);
  } else {
    ++counts_.answers;
    counts_.longest_answer = std::max(counts_.longest_answer, most);
    if (!request.follow_up.empty()) add_second_turn(request);
  }
  return prompt->cells;
}

void PlanCounter::add_pictures(const PreparedPrompt& prompt) {
  for (const auto& chunk : prompt.chunks) {
    if (!chunk->is_image()) continue;
    const std::string& picture = chunk->input->pixel_hash();
    if (pictures_.insert(picture).second) ++counts_.pictures;
    if (known_pictures_.insert(picture).second) ++counts_.new_pictures;
  }
}

void PlanCounter::add_second_turn(const Request& request) {
  // What the first reply will be is not known; here it is none.
  const Request next = second_turn(request, {});
  const auto prompt = preparer_.prepare(next);
  if (!prompt) return;
  const auto cells = context_for(*prompt, next);
  if (!cells) return;
  add_prompt(*prompt, *cells, static_cast<std::uint64_t>(std::max(0, next.decoding.max_new_tokens)));
  ++counts_.answers;
  ++counts_.read_replies;
}

void PlanCounter::add_prompt(const PreparedPrompt& prompt, std::size_t cells, std::uint64_t most_tokens) {
  const std::span beginning(prompt.chunks.begin(), prompt.chunks.end() - 1);
  const std::size_t question = prompt.chunks.back()->cells;
  ++counts_.prompts;
  counts_.prompt_tokens += prompt.cells;
  counts_.image_tokens += prompt.image_tokens;
  counts_.prefix_tokens += prompt.cells - question;
  counts_.question_tokens += question;
  counts_.longest_prompt = std::max<std::uint64_t>(counts_.longest_prompt, prompt.cells);
  counts_.context_cells = std::max<std::uint64_t>(counts_.context_cells, cells);
  // A context that must grow is made anew, and is empty then.
  if (cells > cells_) held_.clear();
  cells_ = std::max(cells_, cells);
  const std::size_t same = shares_ ? chunks_in_common(prompt, held_) : 0;
  if (same < beginning.size()) ++counts_.prefixes;
  if (most_tokens > 0) prompts_.push_back({prompt.cells - question, question, most_tokens, same == beginning.size()});
  for (const auto& chunk : beginning.subspan(same)) {
    counts_.evaluated_prefix_tokens += chunk->cells;
    if (chunk->is_image()) add_image(*chunk);
  }
  held_.assign(beginning.begin(), beginning.end());
}

void PlanCounter::add_image(const PromptChunk& chunk) {
  const std::string name = embedding_name(chunk);
  if (encoded_.find(name) != nullptr) return;
  counts_.encoded_image_tokens += chunk.cells;
  encoded_.keep(name, true, chunk.cells * model_.embedding_width() * sizeof(float));
}

void PlanCounter::add_options(const OptionQuestion& question) {
  for (const auto& option : question.options) {
    const std::size_t tokens = model_.tokens(option.text, false).size();
    counts_.option_tokens += tokens;
    if (!known_options_.insert(option.text).second) continue;
    // Its probability without the question is found once.
    const auto alone = preparer_.prepare(question.unconditional, {}, question.answer_prefix);
    counts_.option_tokens += tokens + (alone ? alone->cells : 0);
  }
}

PlanCounts PlanCounter::take() {
  pictures_.clear();
  return std::exchange(counts_, {});
}

}  // namespace osler
