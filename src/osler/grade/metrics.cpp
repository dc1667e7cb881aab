#include "osler/grade/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>
#include <vector>

#include "osler/grade/key.h"
#include "osler/grade/normalise.h"
#include "osler/grade/token_pair.h"
#include "osler/grade/tokens.h"

namespace osler::grade {
namespace {

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Overlap overlap_of(std::size_t shared, std::size_t prediction, std::size_t reference) {
  Overlap overlap{share(shared, prediction), share(shared, reference), 0.0};
  const double sum = overlap.precision + overlap.recall;
  if (sum > 0.0) overlap.f1 = 2.0 * overlap.precision * overlap.recall / sum;
  return overlap;
}

Overlap ngram_overlap(const TokenPair& pair, std::size_t n) {
  return overlap_of(shared_ngrams(pair, n), count_ngrams(pair.prediction.size(), n),
                    count_ngrams(pair.reference.size(), n));
}

Overlap subsequence_overlap(const TokenPair& pair) {
  return overlap_of(longest_common_subsequence(pair), pair.prediction.size(), pair.reference.size());
}

double bleu_of(const TokenPair& pair, std::size_t order, Smoothing smoothing) {
  assert(order >= 1 && order <= kLongestNGram);
  constexpr double kEpsilon = 0.1;
  double logarithms = 0.0;
  for (std::size_t n = 1; n <= order; ++n) {
    const std::size_t shared = shared_ngrams(pair, n);
    if (shared == 0 && (n == 1 || smoothing == Smoothing::none)) return 0.0;
    const double matches = shared == 0 ? kEpsilon : static_cast<double>(shared);
    // nltk: a prediction that is too short for any n-gram counts as if it had one.
    const auto all = static_cast<double>(std::max<std::size_t>(1, count_ngrams(pair.prediction.size(), n)));
    logarithms += std::log(matches / all);
  }
  const auto length = static_cast<double>(pair.prediction.size());
  const double brevity = std::min(0.0, 1.0 - static_cast<double>(pair.reference.size()) / length);
  return std::exp(brevity + logarithms / static_cast<double>(order));
}

using Tokeniser = Tokens (PreparedText::*)() const;

TokenPair pair_of(Tokeniser tokeniser, std::string_view prediction, std::string_view reference) {
  return pair_tokens((PreparedText(prediction).*tokeniser)(), (PreparedText(reference).*tokeniser)());
}

bool same_tokens(Tokeniser tokeniser, std::string_view prediction, std::string_view reference) {
  const Tokens expected = (PreparedText(reference).*tokeniser)();
  return !expected.empty() && (PreparedText(prediction).*tokeniser)() == expected;
}

}  // namespace

bool key_match(std::string_view prediction, std::string_view reference) {
  const auto expected = key(Normalised(reference).text());
  return !expected.empty() && key(Normalised(prediction).text()) == expected;
}

bool squad_match(std::string_view prediction, std::string_view reference) {
  return same_tokens(&PreparedText::squad, prediction, reference);
}

bool words_match(std::string_view prediction, std::string_view reference) {
  return same_tokens(&PreparedText::words, prediction, reference);
}

Overlap token_overlap(std::string_view prediction, std::string_view reference) {
  return ngram_overlap(pair_of(&PreparedText::squad, prediction, reference), 1);
}

double llava_med_recall(std::string_view prediction, std::string_view reference) {
  const auto pair = pair_of(&PreparedText::squad, prediction, reference);
  std::vector<bool> said(pair.distinct + 1);
  std::size_t hits = 0;
  for (const auto token : pair.prediction) {
    if (token == kNotInReference) continue;
    said[token] = true;
    ++hits;
  }
  const auto missing = std::ranges::count_if(pair.reference, [&said](auto token) { return !said[token]; });
  return share(hits, hits + static_cast<std::size_t>(missing));
}

double bleu(std::string_view prediction, std::string_view reference, std::size_t order, Smoothing smoothing) {
  return bleu_of(pair_of(&PreparedText::bleu, prediction, reference), order, smoothing);
}

Overlap rouge_n(std::string_view prediction, std::string_view reference, std::size_t n) {
  return ngram_overlap(pair_of(&PreparedText::rouge, prediction, reference), n);
}

Overlap rouge_l(std::string_view prediction, std::string_view reference) {
  return subsequence_overlap(pair_of(&PreparedText::rouge, prediction, reference));
}

OpenScores open_scores(std::string_view answer, std::string_view gold) {
  if (answer.empty()) return {};
  // Normalised first, since plain() looks for ASCII; tokenised three times from one preparation.
  const PreparedText prediction(plain(normalise(answer)));
  const PreparedText reference(plain(normalise(gold)));
  const auto overlap = ngram_overlap(pair_tokens(prediction.squad(), reference.squad()), 1);
  OpenScores scores{overlap.f1, overlap.recall, 0.0, 0.0};
  scores.bleu_1 = bleu_of(pair_tokens(prediction.bleu(), reference.bleu()), 1, Smoothing::none);
  scores.rouge_l = subsequence_overlap(pair_tokens(prediction.rouge(), reference.rouge())).f1;
  return scores;
}

}  // namespace osler::grade
