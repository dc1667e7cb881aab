#include "osler/engine/openai/pacing.h"

#include <algorithm>

namespace osler::openai {

void Pacing::answered() {
  limit_ = std::min(static_cast<double>(most_), limit_ + 1.0 / std::max(1.0, limit_));
  pauses_ = 0;
  trouble_since_.reset();
}

void Pacing::overloaded(TimePoint now, std::chrono::seconds asked) {
  // Calls that were under way together fail together: that is one sign, not many.
  const bool is_news = now >= paused_until_;
  if (is_news) limit_ = std::max(1.0, limit_ / 2.0);
  pause(now, std::min(asked, kLongestAsked));
}

void Pacing::failed(TimePoint now) { pause(now, std::chrono::milliseconds(0)); }

void Pacing::pause(TimePoint now, std::chrono::milliseconds at_least) {
  if (!trouble_since_) trouble_since_ = now;
  if (now >= paused_until_) {
    constexpr unsigned kMostDoublings = 10;
    const auto whole = std::min(kFirstPause * (1U << std::min(pauses_, kMostDoublings)), kLongestPause);
    const double kept = std::uniform_real_distribution<double>(0.5, 1.0)(random_);
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(whole * kept);
    ++pauses_;
    paused_until_ = now + std::max(length, at_least);
  } else {
    paused_until_ = std::max(paused_until_, now + at_least);
  }
}

}  // namespace osler::openai
