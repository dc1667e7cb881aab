#include "osler/engine/llama/plan_batch.h"

#include <algorithm>
#include <utility>

namespace osler {
namespace {

/// As Batched: an answer is begun where there is room for so many of its tokens.
constexpr std::uint64_t kFirstTokens = 128;

double as_double(std::uint64_t number) { return static_cast<double>(number); }

/// Milliseconds of a step by the number of its tokens.
class StepTime {
 public:
  explicit StepTime(const PlanSample& sample) {
    add(sample.alone_tokens, sample.alone_tokens, sample.alone_ms);
    add(sample.decoded_tokens, sample.decode_steps, sample.decode_ms);
    add(sample.question_tokens, sample.question_batches, sample.question_ms);
    std::ranges::sort(points_);
  }

  [[nodiscard]] double of(double tokens) const {
    if (points_.empty()) return 0.0;
    const auto behind = std::ranges::find_if(points_, [&](const auto& point) { return point.first >= tokens; });
    if (behind == points_.begin()) return behind->second;
    // More tokens than were ever measured at once take their part of the largest step.
    if (behind == points_.end()) return points_.back().second * tokens / points_.back().first;
    const auto& [more, longer] = *behind;
    const auto& [fewer, shorter] = *(behind - 1);
    return shorter + (longer - shorter) * (tokens - fewer) / (more - fewer);
  }

 private:
  void add(std::uint64_t tokens, std::uint64_t steps, double milliseconds) {
    if (tokens == 0 || steps == 0) return;
    points_.emplace_back(as_double(tokens) / as_double(steps), milliseconds / as_double(steps));
  }

  std::vector<std::pair<double, double>> points_;  ///< Tokens of a step, and its time.
};

/// A batch on paper.
class PaperBatch {
 public:
  PaperBatch(std::span<const PlannedPrompt> prompts, const PlanSample& sample,
             const std::vector<std::uint64_t>& lengths, const BatchRoom& room)
      : prompts_(prompts), time_(sample), lengths_(lengths), room_(room) {}

  /// Seconds of questions and answers.
  [[nodiscard]] PlanTime run() {
    while (true) {
      admit();
      if (live_.empty()) return {0.0, 0.0, questions_ / 1000.0, answers_ / 1000.0};
      std::uint64_t question = 0;
      for (auto& live : live_) question += std::exchange(live.question, 0);
      const std::uint64_t others = static_cast<std::uint64_t>(live_.size()) - entered_;
      spend(question, others);
      advance(1);
      if (!has_place()) {
        // Until the first of them leaves nothing changes.
        const auto first = std::ranges::min_element(live_, {}, &Live::left);
        const std::uint64_t steps = first == live_.end() ? 0 : first->left;
        answers_ += as_double(steps) * time_.of(as_double(live_.size()));
        advance(steps);
      }
    }
  }

 private:
  struct Live {
    std::uint64_t question = 0;  ///< Of its tokens, those to be evaluated.
    std::uint64_t left = 0;      ///< Tokens of its answer.
    std::uint64_t written = 0;   ///< Cells of its own.
    std::size_t group = 0;       ///< Of prompts with its prefix.
  };

  struct Group {
    std::uint64_t prefix = 0;
    std::uint64_t live = 0;
  };

  /// Whether the next prompt finds a place and room.
  [[nodiscard]] bool has_place() const {
    if (next_ == prompts_.size() || live_.size() >= room_.answers) return false;
    const PlannedPrompt& prompt = prompts_[next_];
    const std::uint64_t fresh = prompt.shares_prefix && !groups_.empty() ? 0 : prompt.prefix;
    const std::uint64_t wanted = fresh + prompt.question + std::min(prompt.most_tokens, kFirstTokens);
    return live_.empty() || used_ + wanted <= room_.cells;
  }

  void admit() {
    for (entered_ = 0; has_place(); ++next_, ++entered_) {
      const PlannedPrompt& prompt = prompts_[next_];
      if (!prompt.shares_prefix || groups_.empty()) {
        // What no answer branched from any more is forgotten with the next prefix.
        if (!groups_.empty() && groups_.back().live == 0) used_ -= std::exchange(groups_.back().prefix, 0);
        groups_.push_back({prompt.prefix, 0});
        used_ += prompt.prefix;
      }
      ++groups_.back().live;
      used_ += prompt.question;
      live_.push_back({prompt.question, length_of(next_), prompt.question, groups_.size() - 1});
      live_.back().left = std::min(live_.back().left, prompt.most_tokens);
    }
  }

  /// By turns, but so that neighbours do not always have the same.
  [[nodiscard]] std::uint64_t length_of(std::size_t prompt) const {
    constexpr std::uint64_t kOddMultiplier = 2'654'435'761;
    if (lengths_.empty()) return 1;
    return std::max<std::uint64_t>(1, lengths_[(prompt * kOddMultiplier >> 8U) % lengths_.size()]);
  }

  /// The time of a step, told apart by the tokens that it was for.
  void spend(std::uint64_t question, std::uint64_t answer) {
    const double tokens = as_double(std::max<std::uint64_t>(1, question + answer));
    const double time = time_.of(tokens);
    questions_ += time * as_double(question) / tokens;
    answers_ += time * as_double(answer) / tokens;
  }

  /// Everyone gets so many tokens further; who is done leaves.
  void advance(std::uint64_t steps) {
    for (auto& live : live_) {
      live.left -= std::min(live.left, steps);
      live.written += steps;
      used_ += steps;
      if (live.left > 0) continue;
      used_ -= live.written;
      Group& group = groups_[live.group];
      const bool is_latest = live.group + 1 == groups_.size();
      if (--group.live == 0 && !is_latest) used_ -= std::exchange(group.prefix, 0);
    }
    std::erase_if(live_, [](const Live& live) { return live.left == 0; });
  }

  std::span<const PlannedPrompt> prompts_;
  StepTime time_;
  const std::vector<std::uint64_t>& lengths_;
  BatchRoom room_;
  std::size_t next_ = 0;
  std::uint64_t entered_ = 0;  ///< With the step that comes.
  std::uint64_t used_ = 0;     ///< Cells.
  std::vector<Live> live_;
  std::vector<Group> groups_;  ///< The latest last.
  double questions_ = 0.0;     ///< Milliseconds.
  double answers_ = 0.0;
};

}  // namespace

PlanTime batched_time(const PlanCounts& counts, std::span<const PlannedPrompt> prompts, const PlanSample& sample,
                      const std::vector<std::uint64_t>& lengths, const BatchRoom& room) {
  const PlanTime followed = PaperBatch(prompts, sample, lengths, room).run();
  // What is not generated in the batch: options that are scored, and replies that are read again.
  PlanCounts rest = counts;
  for (const auto& prompt : prompts) rest.question_tokens -= std::min(rest.question_tokens, prompt.question);
  rest.answers = 0;
  double length = 0.0;
  for (const auto one : lengths) length += as_double(one) / as_double(lengths.size());
  PlanTime time = expected_time(rest, sample, length);
  time.questions += followed.questions;
  time.answers += followed.answers;
  return time;
}

}  // namespace osler
