#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "osler/grade/candidate.h"

/// Letters and lines in free text, for the lenient steps. Every function looks at a bounded piece or passes once.
namespace osler::grade {

/// An option's letter with what dresses it: "B", "**(B)**", "\text{B}", "[b]".
struct DressedLetter {
  std::size_t option = 0;
  std::size_t at = 0;   ///< Of the letter itself.
  std::size_t end = 0;  ///< After its closing marks.
  bool closed = false;  ///< A bracket, quote or emphasis ends after it.
};

/// The letter that stands at a place of the text, and not the beginning of a word. Lower-case letters count in brackets
/// only: "a" is an article and "e" a vowel.
[[nodiscard]] std::optional<DressedLetter> dressed_letter(std::string_view text, std::size_t at,
                                                          const Candidate& candidate);

/// Whether an answer that ends at this place is whole: the text or line ends, a mark or a bracket follows, or a word
/// that gives a reason. "B cell lymphoma" and "A nodule" go on.
[[nodiscard]] bool answer_ends(std::string_view text, std::size_t end);

/// Whether another letter is joined to the answer that ends at this place: "B or C", "B, D", "B和C". An article
/// is no letter: "B, a nodule", "B. A nodule".
[[nodiscard]] bool joined_with_letter(std::string_view text, std::size_t end, const Candidate& candidate);

/// Whether another option's letter stands in brackets or bold somewhere in this piece.
[[nodiscard]] bool brackets_another(std::string_view piece, std::size_t option, const Candidate& candidate);

/// Whether a clause that begins with these words rejects what stands before it: "is wrong", "can be excluded".
[[nodiscard]] bool rejects(std::string_view rest);

/// A line that is a letter and nothing else, however dressed.
[[nodiscard]] std::optional<DressedLetter> lone_letter(std::string_view line, const Candidate& candidate);

/// A line that begins as an option does in a list: "B. ...", "(B) ...", "Option B: ...", or a lone capital letter.
[[nodiscard]] std::optional<DressedLetter> listed_letter(std::string_view line, const Candidate& candidate);

/// The first line from `from` on that is not blank, without the line's end; at text.size() if there is none.
[[nodiscard]] std::string_view next_line(std::string_view text, std::size_t from);
/// The last line that is not blank.
[[nodiscard]] std::string_view last_line(std::string_view text);
/// Where a line that was cut out of the text ends there.
[[nodiscard]] inline std::size_t end_of(std::string_view part, std::string_view text) {
  return static_cast<std::size_t>(part.data() - text.data()) + part.size();
}

}  // namespace osler::grade
