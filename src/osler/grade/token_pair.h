#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "osler/grade/tokens.h"

namespace osler::grade {

/// Longest n-grams that can be compared.
inline constexpr std::size_t kLongestNGram = 4;

/// The token of a prediction that its reference does not have.
inline constexpr std::uint32_t kNotInReference = 0;

/// The tokens of both texts as numbers: equal tokens have equal numbers, from 1.
struct TokenPair {
  std::vector<std::uint32_t> prediction;
  std::vector<std::uint32_t> reference;
  std::size_t distinct = 0;  ///< Different tokens in the reference; the largest number.
};

[[nodiscard]] TokenPair pair_tokens(const Tokens& prediction, const Tokens& reference);

/// n-grams of n tokens in a text of `tokens` tokens.
[[nodiscard]] constexpr std::size_t count_ngrams(std::size_t tokens, std::size_t n) {
  return tokens < n ? 0 : tokens - n + 1;
}

/// n-grams that both texts have: each counts as often as in the text that has it less often.
/// Precondition: 1 <= n <= kLongestNGram.
[[nodiscard]] std::size_t shared_ngrams(const TokenPair& pair, std::size_t n);

/// Length of the longest common subsequence. Takes time prediction * reference / 64, by bits:
/// H. Hyyro (2004), Bit-parallel LCS-length computation revisited, AWOCA 2004.
[[nodiscard]] std::size_t longest_common_subsequence(const TokenPair& pair);

}  // namespace osler::grade
