#include "osler/grade/rule_texts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace osler::grade {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 70> kTexts = {{
    {"single_letter", "one character, the letter of an option"},
    {"letter_phrase", "\"the correct option is (B)\" and nothing else"},
    {"option_text", "the text of an option and nothing else"},
    {"letter_with_text", "a letter and a text beside it; the letter counts"},
    {"yes_no_word", "a word for yes or no, or a sentence that begins with one"},
    {"contained_option", "the text of one option in a short sentence that denies nothing"},
    {"open_text", "the whole text is the answer to an open question"},
    {"open_synonym", "the whole text, which the card holds to mean the same as the gold answer"},
    {"answer_tag", "the last <answer>...</answer>"},
    {"bare_answer", "the whole response is a letter, an option or a word for yes or no"},
    {"answer_phrase", "the last \"the answer is ...\" that is not denied and not taken back"},
    {"leading_yes_no", "yes or no as the first word"},
    {"first_line_letter", "the first line is, or begins with, an option's letter, and no other line does"},
    {"last_line_letter", "the last line is a letter, or a letter with its option's text"},
    {"concluding_line", "the last line ends with \"so B\", \"I choose (B)\" or the like"},
    {"bracketed_letter", "the only letter in (B) or **B**"},
    {"lone_yes_no", "yes or no alone in the last line, or one of them in at most six words"},
    {"mentioned_option", "the only option named in a short response that denies nothing"},
    {"empty_response", "the response says nothing"},
    {"unclosed_thinking", "the reasoning was not finished: there is no answer after it"},
    {"no_box", "there is no \\boxed{...}, and nothing else is read"},
    {"unclosed_box", "the \\boxed{ has no end"},
    {"empty_box", "there is nothing in the \\boxed{}"},
    {"multiple_letters", "more than one letter stands where the answer should be"},
    {"question_echo", "the response repeats the question"},
    {"options_echo", "the response repeats all options and chooses none"},
    {"refusal", "the model declines to answer"},
    {"unmapped", "what was found is no option, and nothing that stands for one"},
    {"none", "there is no response"},
    {"likelihood_letter", "the option whose letter the model finds likeliest"},
    {"likelihood_text", "the option whose text the model finds likeliest"},
    {"likelihood_text_per_byte", "the option whose text the model finds likeliest for its length"},
    {"likelihood_text_given_question", "the option whose text the question makes most likelier than it is without"},
    {"likelihood_tie", "two options are equally likely, and more so than the others"},
    {"likelihood_not_finite", "an option has no likelihood"},
    {"no_option_scores", "the response does not hold a score for every option"},
    {"only_option_scores", "nothing was written, the options were scored"},
    {"judge", "another model judged the answer"},
    {"judge_none", "the judge gave no verdict"},
    {"judge_missing", "the judge was not asked about it yet"},
    {"judge_error", "the judge could not be asked"},
    // Of other tools (peers/).
    {"first_block", "the first paragraph is a letter"},
    {"last_block", "the last paragraph, up to its first full stop, is a letter"},
    {"letter", "what is left of the response is a letter"},
    {"closest_option", "the option whose characters resemble the response most, whatever it says"},
    {"too_long", "too long for this tool's comparison of characters, which is cut here"},
    {"yes_word", "the characters of yes stand in it, those of no do not"},
    {"no_word", "the characters of no stand in it, those of yes do not"},
    {"both_words", "the characters of yes and of no stand in it"},
    {"neither_word", "neither yes nor no stands in it"},
    {"equal", "the text equals the gold answer, or not"},
    {"other_text", "the text is not the gold answer to the character"},
    {"single_characters", "this tool compares single characters with the gold answer"},
    {"bracket_letter", "the last (B) of an option"},
    {"spaced_letter", "the last letter of an option between two spaces"},
    {"tail_phrase", "a phrase behind is, so, thus, answer and the like"},
    {"whole_text", "the whole text"},
    {"last_tokens", "the only letter of an option, among the last tokens"},
    {"answer_is", "the letter behind the first answer is, word or not"},
    {"refusal_text", "a refusal that this tool knows"},
    {"letter_z", "a Z, which stands for no answer"},
    {"after_trigger", "the first letter behind the question for it"},
    {"after_answer_is", "the first letter behind the first answer is"},
    {"first_letter", "the first letter of an option"},
    {"unmatched", "this tool finds nothing"},
    {"no_options", "an item that offers no options"},
    {"no_rule_for_open", "this tool has no rule for open questions"},
    {"needs_judge", "this tool asks a model here"},
    {"empty", "there is nothing to read"},
    {"random_guess", "these rules draw an option at random here; the chance of being right is counted"},
}};

}  // namespace

std::string_view describe_rule(std::string_view name) {
  const auto* found = std::ranges::find(kTexts, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kTexts.end() ? std::string_view() : found->second;
}

}  // namespace osler::grade
