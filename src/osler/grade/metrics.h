#pragma once

#include <cstddef>
#include <string_view>

/// How alike an answer and the gold answer are: pure functions of two UTF-8 texts, all in [0, 1]. docs/metrics.md has
/// formulas, sources and edge cases. A text without tokens is like nothing, another such text included: 0.
namespace osler::grade {

/// Whether the grader takes the two for the same answer: equal and not empty under key(), after normalise().
[[nodiscard]] bool key_match(std::string_view prediction, std::string_view reference);

/// SQuAD's exact match: the same squad() tokens (tokens.h), in order. Rajpurkar et al. 2016, arXiv:1606.05250.
[[nodiscard]] bool squad_match(std::string_view prediction, std::string_view reference);

/// The same words() (tokens.h), in order: hyphens, commas, articles and case make no difference.
[[nodiscard]] bool words_match(std::string_view prediction, std::string_view reference);

struct Overlap {
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;  ///< Harmonic mean of the two; 0 where both are.
};

/// SQuAD's token overlap over squad() tokens: a token that both texts have counts as often as in the text that has it
/// less often. With that count c, precision is c / tokens of the prediction and recall c / tokens of the reference.
[[nodiscard]] Overlap token_overlap(std::string_view prediction, std::string_view reference);

/// LLaVA-Med's recall (Li et al. 2023, arXiv:2306.00890), over squad() tokens: tp / (tp + fn), where tp counts the
/// tokens of the prediction that the reference has, and fn those of the reference that the prediction lacks. It differs
/// from token_overlap's only where a token is repeated: to say a gold word again raises it.
[[nodiscard]] double llava_med_recall(std::string_view prediction, std::string_view reference);

enum class Smoothing {
  none,     ///< 0 when any order has no match. The default of nltk, and ours.
  method1,  ///< 0.1 matches for an order that has none (Chen and Cherry 2014, method 1; nltk's epsilon).
};

/// Sentence BLEU with uniform weights over n-grams of 1 to `order` bleu() tokens against one reference: geometric mean
/// of the clipped precisions times the brevity penalty exp(1 - reference / prediction) of a shorter prediction.
/// Papineni et al. 2002; nltk's sentence_bleu. Precondition: 1 <= order <= 4.
[[nodiscard]] double bleu(std::string_view prediction, std::string_view reference, std::size_t order,
                          Smoothing smoothing = Smoothing::none);

/// ROUGE-n over rouge() tokens: shared n-grams of all n-grams of either text. Lin 2004; the package rouge_score.
/// Precondition: 1 <= n <= 4.
[[nodiscard]] Overlap rouge_n(std::string_view prediction, std::string_view reference, std::size_t n);

/// ROUGE-L over rouge() tokens: the longest common subsequence of all tokens of either text, both taken as one
/// sentence. Lin 2004; the package rouge_score.
[[nodiscard]] Overlap rouge_l(std::string_view prediction, std::string_view reference);

/// The metrics of an open item's answer that stand in the result table.
struct OpenScores {
  double token_f1 = 0.0;
  double token_recall = 0.0;
  double bleu_1 = 0.0;
  double rouge_l = 0.0;  ///< F
};

/// Of the answer that the grader read, after plain() on both sides, as the grader compares them; an answer that was not
/// read is empty and scores 0.
[[nodiscard]] OpenScores open_scores(std::string_view answer, std::string_view gold);

}  // namespace osler::grade
