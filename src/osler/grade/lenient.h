#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "osler/grade/candidate.h"
#include "osler/grade/rules.h"

/// The lenient rule L: where a response without a box still says its answer so plainly that nobody would doubt it. A
/// diagnostic of how much the box costs a model, never a headline number.
namespace osler::grade {

/// What a lenient step made of a response, and the piece of its text from which an answer was read.
struct Reading {
  Verdict verdict;
  std::string_view piece;

  [[nodiscard]] bool read() const { return verdict.read(); }
};

/// The part of a response that the lenient steps read. A question that the response repeats first is cut off, and so is
/// everything that it takes back ("Wait, no, ..."): what was said before no longer counts.
class FreeText {
 public:
  /// All must outlive this object. The rules are the strict ones of the protocol.
  FreeText(std::string_view visible, const Item& item, std::span<const Rule* const> rules);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const Item& item() const { return item_; }
  [[nodiscard]] std::span<const Rule* const> rules() const { return rules_; }
  [[nodiscard]] Candidate& whole() { return *whole_; }
  /// Whether the beginning of the text was taken back, so that its first words are not the answer's first words.
  [[nodiscard]] bool starts_late() const { return starts_late_; }
  /// From now on only this part of the text is read.
  void narrow(std::string_view part);

 private:
  const Item& item_;
  std::span<const Rule* const> rules_;
  std::string_view text_;
  bool starts_late_ = false;
  std::optional<Candidate> whole_;
};

/// A named step. The names are public: they stand in protocols/*.yaml and in grades.parquet.
struct LenientStep {
  std::string_view name;
  Reading (*read)(FreeText&);
  bool after_refusals = true;  ///< Not tried on a response that declines to answer or only repeats the question.
};

/// All steps, in the order of section 12.3.
[[nodiscard]] std::span<const LenientStep> all_steps();

struct LenientExtraction {
  std::string_view rule;  ///< The step that read the answer or that stopped the extraction.
  Reading reading;
};

/// Tries the steps in their order on the text outside of boxes. Two candidates are no answer.
[[nodiscard]] LenientExtraction extract_leniently(std::span<const LenientStep* const> steps, FreeText& text);

// lenient.cpp
[[nodiscard]] Reading answer_tag(FreeText& text);        ///< L1: the last <answer>...</answer>, by the strict rules.
[[nodiscard]] Reading bare_answer(FreeText& text);       ///< L2: the whole text is a letter, an option or a word.
[[nodiscard]] Reading mentioned_option(FreeText& text);  ///< L8: one option's text in a short response.
// answer_phrase.cpp
[[nodiscard]] Reading answer_phrase(FreeText& text);  ///< L3: the last "the answer is B", "Answer: B", "答案是B".
// letter_steps.cpp
[[nodiscard]] Reading first_line_letter(FreeText& text);  ///< L4: the first line is, or begins with, a listed letter.
[[nodiscard]] Reading last_line_letter(FreeText& text);   ///< L5: the last line is a letter, or a letter and its text.
[[nodiscard]] Reading concluding_line(FreeText& text);  ///< L6: the last line ends with "so B", "I choose (B)", "选B".
[[nodiscard]] Reading bracketed_letter(FreeText& text);  ///< L7: one letter alone stands in (B) or **B**.
// yes_no_steps.cpp
[[nodiscard]] Reading leading_yes_no(FreeText& text);  ///< Options yes and no: the first word answers.
[[nodiscard]] Reading lone_yes_no(FreeText& text);     ///< The last line is yes or no; or six words with one of them.

}  // namespace osler::grade
