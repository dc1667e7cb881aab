#include "osler/grade/peers/sequence_matcher.h"

#include <algorithm>

#include "osler/grade/peers/python_text.h"

namespace osler::grade {
namespace {

constexpr std::size_t kLongEnoughForPopular = 200;

/// Places are 32-bit; a longer text has no ratio.
constexpr std::size_t kMostCharacters = 0xFFFFFFFE;

}  // namespace

SequenceMatcher::SequenceMatcher(std::string_view b, std::uint64_t step_budget)
    : b_(python::code_points(b)), steps_left_(step_budget) {
  if (b_.size() > kMostCharacters) {
    steps_left_ = 0;
    return;
  }
  index();
  row_.assign(b_.size() + 1, 0);
  next_row_.assign(b_.size() + 1, 0);
}

void SequenceMatcher::index() {
  for (std::size_t i = 0; i < b_.size(); ++i) places_[b_[i]].push_back(static_cast<std::uint32_t>(i));
  if (b_.size() < kLongEnoughForPopular) return;
  const std::size_t most = b_.size() / 100 + 1;
  std::erase_if(places_, [most](const auto& entry) { return entry.second.size() > most; });
}

std::span<const std::uint32_t> SequenceMatcher::places(char32_t code, const Window& window) const {
  const auto found = places_.find(code);
  if (found == places_.end()) return {};
  const auto& all = found->second;
  const auto begin = std::lower_bound(all.begin(), all.end(), window.b_begin);
  return {begin, std::lower_bound(begin, all.end(), window.b_end)};
}

/// The longest block of indexed characters; of equals, the one that starts first in a, then in b. At the window's
/// beginning and empty if there is none.
SequenceMatcher::Match SequenceMatcher::longest_indexed_match(std::u32string_view a, const Window& window) {
  Match best{window.a_begin, window.b_begin, 0};
  std::span<const std::uint32_t> written;
  for (std::size_t i = window.a_begin; i < window.a_end; ++i) {
    const auto here = places(a[i], window);
    const std::uint64_t steps = here.size() + 1;
    if (steps > steps_left_) {
      steps_left_ = 0;
      break;
    }
    steps_left_ -= steps;
    for (const auto j : here) {
      const std::uint32_t size = row_[j] + 1;
      next_row_[j + 1] = size;
      if (size > best.size) best = {i + 1 - size, j + 1 - size, size};
    }
    for (const auto j : written) row_[j + 1] = 0;
    row_.swap(next_row_);
    written = here;
  }
  for (const auto j : written) row_[j + 1] = 0;
  return best;
}

/// Popular characters only lengthen a block, or make one at the very beginning of the window.
SequenceMatcher::Match SequenceMatcher::longest_match(std::u32string_view a, const Window& window) {
  Match best = longest_indexed_match(a, window);
  while (best.a > window.a_begin && best.b > window.b_begin && a[best.a - 1] == b_[best.b - 1]) {
    --best.a;
    --best.b;
    ++best.size;
  }
  while (best.a + best.size < window.a_end && best.b + best.size < window.b_end &&
         a[best.a + best.size] == b_[best.b + best.size]) {
    ++best.size;
  }
  return best;
}

std::optional<double> SequenceMatcher::ratio(std::string_view a_text) {
  const std::u32string a = python::code_points(a_text);
  if (a.size() > kMostCharacters) steps_left_ = 0;
  std::size_t matched = 0;
  std::vector<Window> left{{0, a.size(), 0, b_.size()}};
  while (!left.empty() && steps_left_ > 0) {
    const Window window = left.back();
    left.pop_back();
    const Match match = longest_match(a, window);
    if (match.size == 0) continue;
    matched += match.size;
    const Window before{window.a_begin, match.a, window.b_begin, match.b};
    const Window after{match.a + match.size, window.a_end, match.b + match.size, window.b_end};
    for (const Window& side : {before, after}) {
      if (side.a_begin < side.a_end && side.b_begin < side.b_end) left.push_back(side);
    }
  }
  if (steps_left_ == 0) return std::nullopt;
  const std::size_t length = a.size() + b_.size();
  return length == 0 ? 1.0 : 2.0 * static_cast<double>(matched) / static_cast<double>(length);
}

}  // namespace osler::grade
