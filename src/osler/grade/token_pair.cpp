#include "osler/grade/token_pair.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <iterator>
#include <string_view>

namespace osler::grade {
namespace {

using NGram = std::array<std::uint32_t, kLongestNGram>;

/// The n-grams that the reference could have, sorted.
std::vector<NGram> sorted_ngrams(const std::vector<std::uint32_t>& tokens, std::size_t n) {
  std::vector<NGram> ngrams;
  for (std::size_t first = 0; first < count_ngrams(tokens.size(), n); ++first) {
    NGram ngram{};
    std::copy_n(tokens.begin() + static_cast<std::ptrdiff_t>(first), n, ngram.begin());
    const auto end = ngram.begin() + static_cast<std::ptrdiff_t>(n);
    if (std::find(ngram.begin(), end, kNotInReference) == end) ngrams.push_back(ngram);
  }
  std::ranges::sort(ngrams);
  return ngrams;
}

}  // namespace

TokenPair pair_tokens(const Tokens& prediction, const Tokens& reference) {
  std::vector<std::string_view> known(reference.begin(), reference.end());
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  // Most words of a long answer are not in a short reference; by one bit of 64 most are told from those that are.
  const auto bit_of = [](std::string_view token) {
    const auto first = static_cast<unsigned char>(token.front());
    const auto last = static_cast<unsigned char>(token.back());
    return std::uint64_t{1} << ((first + 5U * last + 11U * token.size()) % 64);
  };
  std::uint64_t known_bits = 0;
  for (const auto token : known) known_bits |= bit_of(token);
  const auto number_of = [&](std::string_view token) {
    if ((known_bits & bit_of(token)) == 0) return kNotInReference;
    const auto found = std::ranges::lower_bound(known, token);
    if (found == known.end() || *found != token) return kNotInReference;
    return static_cast<std::uint32_t>(found - known.begin()) + 1;
  };
  TokenPair pair;
  pair.distinct = known.size();
  pair.prediction.reserve(prediction.size());
  pair.reference.reserve(reference.size());
  std::ranges::transform(prediction, std::back_inserter(pair.prediction), number_of);
  std::ranges::transform(reference, std::back_inserter(pair.reference), number_of);
  return pair;
}

std::size_t shared_ngrams(const TokenPair& pair, std::size_t n) {
  assert(n >= 1 && n <= kLongestNGram);
  const auto prediction = sorted_ngrams(pair.prediction, n);
  const auto reference = sorted_ngrams(pair.reference, n);
  std::vector<NGram> shared;
  std::ranges::set_intersection(prediction, reference, std::back_inserter(shared));
  return shared.size();
}

std::size_t longest_common_subsequence(const TokenPair& pair) {
  constexpr std::size_t kBits = 64;
  const std::size_t words = (pair.reference.size() + kBits - 1) / kBits;
  // For each token, the places in the reference where it stands.
  std::vector<std::uint64_t> places((pair.distinct + 1) * words);
  for (std::size_t i = 0; i < pair.reference.size(); ++i) {
    places[pair.reference[i] * words + i / kBits] |= std::uint64_t{1} << (i % kBits);
  }
  // A bit that is 0 is a place at which the subsequence of what was read grows.
  std::vector<std::uint64_t> same(words, ~std::uint64_t{0});
  for (const auto token : pair.prediction) {
    if (token == kNotInReference) continue;
    std::uint64_t carry = 0;
    for (std::size_t word = 0; word < words; ++word) {
      const std::uint64_t matches = same[word] & places[token * words + word];
      const std::uint64_t partial = same[word] + matches;
      const std::uint64_t sum = partial + carry;
      carry = partial < matches || sum < partial ? 1 : 0;
      same[word] = sum | (same[word] & ~matches);
    }
  }
  std::size_t length = 0;
  for (const auto word : same) length += static_cast<std::size_t>(std::popcount(~word));
  return length;
}

}  // namespace osler::grade
