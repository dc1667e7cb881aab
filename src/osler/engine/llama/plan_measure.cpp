#include "osler/engine/llama/plan_measure.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <vector>

#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/timing.h"

namespace osler {
namespace {

using Clock = std::chrono::steady_clock;

/// A few tokens are decoded even if the answer ends at once: their time is asked for, whatever they are.
constexpr std::uint64_t kFewestSteps = 16;
/// Of a batch: so many more with one sequence alone.
constexpr std::uint64_t kStepsAlone = 8;

}  // namespace

PlanMeasure::PlanMeasure(const VisionModel& model, PromptPreparer& preparer, const ContextSettings& settings,
                         const LlamaOptions& options, const std::atomic<bool>& abort)
    : model_(model),
      preparer_(preparer),
      is_batched_(settings.is_batched),
      parallel_(settings.is_batched ? static_cast<std::size_t>(std::max(1, options.parallel)) : 1),
      encoder_(model, std::numeric_limits<std::uint64_t>::max()),
      evaluator_(model, encoder_, settings, abort) {}

Result<PlanSample> PlanMeasure::measure(const Request& request, const MeasureLimits& limits) {
  const auto prompt = preparer_.prepare(request);
  if (!prompt) return pass(prompt);
  if (auto status = evaluator_.check(*prompt); !status) return pass(status);
  const std::size_t tokens = std::max(limits.most_tokens, kFewestSteps) + kStepsAlone;
  const std::size_t question = prompt->chunks.back()->cells;
  const std::size_t cells = prompt->cells - question + parallel_ * (question + tokens);
  if (auto status = evaluator_.reserve(std::min(cells, evaluator_.most_cells()), parallel_ + 1); !status) {
    return pass(status);
  }
  if (auto status = check_room(*prompt, evaluator_.cells()); !status) return pass(status);
  copies_ =
      std::clamp<std::size_t>((evaluator_.cells() - prompt->cells + question) / (question + tokens), 1, parallel_);
  PlanSample sample;
  sample.items = 1;
  auto status = encode(*prompt, sample);
  if (status) status = evaluate(*prompt, sample);
  if (status && !request.scoring) status = generate(request, *prompt, limits, sample);
  evaluator_.forget_all();
  encoder_.forget();
  if (!status) return pass(status);
  return sample;
}

Status PlanMeasure::encode(const PreparedPrompt& prompt, PlanSample& sample) {
  for (const auto& chunk : prompt.chunks) {
    if (!chunk->is_image()) continue;
    // The engine has this done on another thread.
    if (auto status = chunk->input->prepare(); !status) return status;
    const auto before = encoder_.encoded();
    const auto start = Clock::now();
    if (const auto embedding = encoder_.encode(*chunk); !embedding) return pass(embedding);
    if (encoder_.encoded() == before) continue;  // The same picture twice.
    sample.encode_ms += milliseconds_since(start);
    sample.image_tokens += chunk->cells;
  }
  return {};
}

Status PlanMeasure::evaluate(const PreparedPrompt& prompt, PlanSample& sample) {
  auto start = Clock::now();
  if (auto status = evaluator_.begin(prompt, false); !status) return status;
  const auto& question = prompt.chunks.back()->tokens;
  sample.prefix_tokens = prompt.cells - question.size();
  if (sample.prefix_tokens > 0) sample.prefix_ms = milliseconds_since(start);
  std::vector<BatchToken> batch;
  start = Clock::now();
  for (std::size_t i = 0; i < copies_; ++i) {
    const auto sequence = static_cast<llama_seq_id>(is_batched_ ? i + 1 : 0);
    if (is_batched_) evaluator_.branch(sequence);
    at_ = evaluator_.position();
    for (std::size_t k = 0; k < question.size(); ++k) {
      batch.push_back({question[k], at_++, sequence, k + 1 == question.size()});
      const bool is_last = k + 1 == question.size() && i + 1 == copies_;
      if (!is_last && batch.size() < evaluator_.batch_limit()) continue;
      if (auto status = evaluator_.decode(batch); !status) return status;
      logits_ = batch.size() - 1;
      ++sample.question_batches;
      batch.clear();
    }
  }
  sample.question_ms = milliseconds_since(start);
  sample.question_tokens = question.size() * copies_;
  return {};
}

Status PlanMeasure::generate(const Request& request, const PreparedPrompt& prompt, const MeasureLimits& limits,
                             PlanSample& sample) {
  const auto start = Clock::now();
  const std::size_t question = prompt.chunks.back()->cells;
  const std::size_t room = (evaluator_.cells() - prompt.cells + question) / copies_ - question;
  const std::uint64_t fewest = std::min<std::uint64_t>(kFewestSteps, room);
  Decoding decoding = request.decoding;
  const auto asked = static_cast<std::uint64_t>(std::max(1, decoding.max_new_tokens));
  const std::uint64_t most = std::max<std::uint64_t>(1, std::min<std::uint64_t>({asked, limits.most_tokens, room}));
  decoding.max_new_tokens = static_cast<std::int32_t>(most);
  Generation generation(model_, decoding, request.letters);
  std::optional<llama_token> token;
  const auto deadline = start + std::chrono::duration_cast<Clock::duration>(limits.most_time);
  bool in_time = true;
  while (in_time) {
    const auto next = generation.next(evaluator_.logits(logits_), true);
    if (!next) return pass(next);
    if (!*next) break;
    token = **next;
    if (auto status = step(*token, copies_); !status) return status;
    sample.decoded_tokens += copies_;
    ++sample.decode_steps;
    in_time = Clock::now() < deadline || generation.tokens() < limits.fewest_tokens;
  }
  Response response;
  sample.answers = 1;
  sample.answer_tokens = generation.tokens();
  sample.answer_lengths.push_back(sample.answer_tokens);
  std::move(generation).finish_into(response);
  const bool at_own_limit = in_time && sample.answer_tokens == asked;
  sample.cut_answers = response.finish == FinishReason::stop || at_own_limit ? 0 : 1;
  for (; sample.decoded_tokens < fewest * copies_; sample.decoded_tokens += copies_) {
    if (auto status = step(token.value_or(0), copies_); !status) return status;
    ++sample.decode_steps;
  }
  sample.decode_ms = milliseconds_since(start);
  return is_batched_ ? generate_alone(token.value_or(0), room - sample.decoded_tokens / copies_, sample) : Status{};
}

Status PlanMeasure::generate_alone(llama_token token, std::size_t room, PlanSample& sample) {
  const auto start = Clock::now();
  for (; sample.alone_tokens < std::min<std::uint64_t>(kStepsAlone, room); ++sample.alone_tokens) {
    if (auto status = step(token, 1); !status) return status;
  }
  sample.alone_ms = milliseconds_since(start);
  return {};
}

Status PlanMeasure::step(llama_token token, std::size_t sequences) {
  std::vector<BatchToken> batch;
  for (std::size_t i = 0; i < sequences; ++i) {
    batch.push_back({token, at_, static_cast<llama_seq_id>(is_batched_ ? i + 1 : 0), true});
  }
  if (auto status = evaluator_.decode(batch); !status) return status;
  ++at_;
  logits_ = 0;
  return {};
}

}  // namespace osler
