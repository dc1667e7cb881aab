#include "osler/grade/rule_texts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace osler::grade {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 31> kTexts = {{
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
    {"judge", "another model judged the answer"},
    {"random_guess", "these rules draw an option at random here; the chance of being right is counted"},
}};

}  // namespace

std::string_view describe_rule(std::string_view name) {
  const auto* found = std::ranges::find(kTexts, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kTexts.end() ? std::string_view() : found->second;
}

}  // namespace osler::grade
