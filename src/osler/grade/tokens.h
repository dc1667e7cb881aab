#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace osler::grade {

/// What lies beyond this many tokens of a text is not seen by any metric: an answer is a phrase, and a text of
/// megabytes must not take minutes.
inline constexpr std::size_t kMostTokens = 4096;

/// The tokens of a text, in its order. Their bytes lie in one block, for a long answer has hundreds of tokens.
class Tokens {
 public:
  using value_type = std::string_view;
  using const_iterator = std::vector<std::string_view>::const_iterator;

  /// Of a text of so many bytes: as many as all tokens have at most.
  explicit Tokens(std::size_t bytes);
  Tokens(Tokens&&) noexcept = default;
  Tokens& operator=(Tokens&&) noexcept = default;
  Tokens(const Tokens&) = delete;  // a copy's tokens would lie in the original
  Tokens& operator=(const Tokens&) = delete;
  ~Tokens() = default;

  [[nodiscard]] const_iterator begin() const { return tokens_.begin(); }
  [[nodiscard]] const_iterator end() const { return tokens_.end(); }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] bool empty() const { return tokens_.empty(); }
  friend bool operator==(const Tokens& left, const Tokens& right) { return left.tokens_ == right.tokens_; }

  /// Adds to the token that is being made.
  void add(std::string_view bytes) {
    std::memcpy(bytes_.get() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  /// Ends that token, if it has any bytes.
  void end_token();
  /// Drops the articles a, an and the, unless there is nothing else.
  void drop_articles();

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT(modernize-avoid-c-arrays): memory that nobody has to set to 0
  std::size_t used_ = 0;
  std::size_t begun_ = 0;  ///< Where the token that is being made begins.
  std::vector<std::string_view> tokens_;
};

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
