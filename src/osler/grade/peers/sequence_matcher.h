#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace osler::grade {

/// Python's difflib.SequenceMatcher(None, a, b).ratio() over code points, for one b and many a: twice the characters
/// in matching blocks over the length of both (Ratcliff and Obershelp 1988), where a b of 200 characters or more
/// loses the "popular" ones (more than 1 in 100, plus 1) from its index. Two empty texts have the ratio 1.
///
/// The time can be cubic, so every ratio is exact or is none: there is a budget of steps, shared by all ratios of a
/// matcher, and when it is spent there are no more. kStepBudget lets pass whatever benchmarks hold (options of hundreds
/// of characters, responses of tens of thousands) a hundred times over, and takes well under a second.
class SequenceMatcher {
 public:
  static constexpr std::uint64_t kStepBudget = 100'000'000;

  explicit SequenceMatcher(std::string_view b, std::uint64_t step_budget = kStepBudget);

  /// None once the budget is spent.
  [[nodiscard]] std::optional<double> ratio(std::string_view a);

 private:
  /// a[a_begin, a_end) beside b[b_begin, b_end).
  struct Window {
    std::size_t a_begin = 0;
    std::size_t a_end = 0;
    std::size_t b_begin = 0;
    std::size_t b_end = 0;
  };
  struct Match {
    std::size_t a = 0;
    std::size_t b = 0;
    std::size_t size = 0;
  };

  void index();
  [[nodiscard]] std::span<const std::uint32_t> places(char32_t code, const Window& window) const;
  [[nodiscard]] Match longest_indexed_match(std::u32string_view a, const Window& window);
  [[nodiscard]] Match longest_match(std::u32string_view a, const Window& window);

  std::u32string b_;
  std::unordered_map<char32_t, std::vector<std::uint32_t>> places_;  ///< Where each unpopular character stands in b.
  std::vector<std::uint32_t> row_;  ///< Length of the match that ends at b[i - 1] and the a at hand; 0 between calls.
  std::vector<std::uint32_t> next_row_;  ///< The same for the next a.
  std::uint64_t steps_left_;
};

}  // namespace osler::grade
