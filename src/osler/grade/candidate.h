#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/item.h"

namespace osler::grade {

/// What an answer is read from, unwrapped, together with the item it answers. Derived forms are made when a rule
/// first asks for them, so that a lone letter costs next to nothing.
class Candidate {
 public:
  /// Both must outlive the candidate.
  Candidate(std::string_view text, const Item& item) : text_(text), item_(item) {}

  [[nodiscard]] const Item& item() const { return item_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const std::string& plain();
  [[nodiscard]] const std::string& key();
  [[nodiscard]] const std::vector<std::string>& option_keys();

  /// The option that a letter of either case names, if the item has that many.
  [[nodiscard]] std::optional<std::size_t> option_of_letter(char letter) const;
  /// The option whose text this is, by key. Options that share a key are told apart by their exact text; the first of
  /// equal ones counts; different ones that cannot be told apart are no answer.
  [[nodiscard]] std::optional<std::size_t> option_of_text(std::string_view text, const std::string& text_key);
  /// Whether the options are yes and no, in either order.
  [[nodiscard]] bool asks_yes_or_no();
  /// The option that reads "yes" or "no".
  [[nodiscard]] std::optional<std::size_t> option_of_word(std::string_view word);

  /// Options whose text stands in the key as whole words. A text inside a longer option's text there does not count.
  struct Mentions {
    std::vector<bool> option;
    std::string rest;  ///< The key with every mention blotted out.
  };
  [[nodiscard]] const Mentions& mentions();

  /// Says which step stops a free reading of this text, because it repeats the question, repeats all options or
  /// declines to answer: "question_echo", "options_echo", "refusal"; empty if none does.
  [[nodiscard]] std::string_view no_answer();
  [[nodiscard]] bool repeats_question();
  [[nodiscard]] bool repeats_all_options();

 private:
  std::string_view text_;
  const Item& item_;
  std::optional<std::string> plain_;
  std::optional<std::string> key_;
  std::optional<std::vector<std::string>> option_keys_;
  std::optional<Mentions> mentions_;
  std::optional<bool> refusal_;
  std::optional<bool> repeats_question_;
};

/// Whether needle stands in text at a place where no letter or digit runs on. Linear; npos if not.
[[nodiscard]] std::size_t find_words(std::string_view text, std::string_view needle, std::size_t from = 0);

}  // namespace osler::grade
