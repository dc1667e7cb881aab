#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace osler::grade {

/// The tokens of a text, in its order.
using Tokens = std::vector<std::string>;

/// What lies beyond this many tokens of a text is not seen by any metric: an answer is a phrase, and a text of
/// megabytes must not take minutes.
inline constexpr std::size_t kMostTokens = 4096;

/// A text made ready for tokenising: one spelling for what looks the same (normalise.h), then lower case (key.h).
///
/// Every tokeniser makes a token of each Chinese or Japanese character (Han and kana), since nothing stands between
/// words there; in texts without such characters they are those of the reference implementations named. Bytes that are
/// not UTF-8 are taken for letters. docs/metrics.md has the rules with examples.
class PreparedText {
 public:
  explicit PreparedText(std::string_view text);

  /// SQuAD's: punctuation is deleted ("T2-weighted" is "t2weighted"), white space separates, the articles a, an and the
  /// are dropped; they stay only where nothing else would (blood group "A").
  [[nodiscard]] Tokens squad() const;

  /// Words as people count them, articles dropped as above: punctuation separates ("t2", "weighted"), but an apostrophe
  /// is deleted, and a point or comma between digits, + and % belong to the word ("3.4", "her2+").
  [[nodiscard]] Tokens words() const;

  /// MedEvalKit's for BLEU: white space separates, a full stop begins a token, all other punctuation stays where it is.
  [[nodiscard]] Tokens bleu() const;

  /// rouge_score's without stemming: runs of a-z and 0-9, all else separates.
  [[nodiscard]] Tokens rouge() const;

 private:
  std::string text_;
};

}  // namespace osler::grade
