#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "osler/grade/candidate.h"

namespace osler::grade {

/// What one rule makes of a candidate: it passes, it reads an answer, or it ends the extraction without one.
struct Verdict {
  std::optional<std::size_t> option;  ///< Set when an option was read.
  std::optional<std::string> text;    ///< Set when an open answer was read.
  std::string_view stopped_by;        ///< Set when no later rule may read this text.
  bool conflict = false;              ///< A letter and the text beside it name two different options.
  bool by_letter = false;             ///< The option was named by its letter.

  [[nodiscard]] bool read() const { return option.has_value() || text.has_value(); }
};

/// A named rule of a protocol. The name is public: it stands in protocols/*.yaml and in grades.parquet.
struct Rule {
  std::string_view name;
  Verdict (*read)(Candidate&);
};

/// All rules, in the order of section 12.2.
[[nodiscard]] std::span<const Rule> all_rules();

// Letters (letter_rules.cpp).
[[nodiscard]] Verdict single_letter(Candidate& candidate);     ///< P5: one character, an option's letter in any case.
[[nodiscard]] Verdict letter_phrase(Candidate& candidate);     ///< P6: "the correct option is (B)" and nothing else.
[[nodiscard]] Verdict letter_with_text(Candidate& candidate);  ///< P8: "B. Pulmonary embolism"; the letter wins.

// Texts (text_rules.cpp).
[[nodiscard]] Verdict option_text(Candidate& candidate);       ///< P7: an option's text and nothing else, by key.
[[nodiscard]] Verdict yes_no_word(Candidate& candidate);       ///< P9: options yes and no; a word for either.
[[nodiscard]] Verdict contained_option(Candidate& candidate);  ///< P10: one option's text in a short sentence.
[[nodiscard]] Verdict open_text(Candidate& candidate);         ///< Open items: the whole text is the answer.

// What the lenient steps use of them.
/// "yes" or "no" if the key is a word for it ("true", "是的", ...), else empty.
[[nodiscard]] std::string_view yes_or_no(std::string_view key);
/// The word with which a sentence answers: "Yes, there is ..." but neither "yes/no" nor "No wait, yes"; or empty.
[[nodiscard]] std::string_view leading_yes_or_no(const std::string& key);
/// Whether what a sentence says around an option's text denies or weighs it.
[[nodiscard]] bool denies(const std::string& rest);
/// Whether the letter begins an option's own text there, as in "E. coli" or "B cell lymphoma", and names no option.
[[nodiscard]] bool begins_an_option(char letter, Candidate& candidate);

}  // namespace osler::grade
