#include "osler/grade/rules.h"

namespace osler::grade {
namespace {

constexpr Rule kRules[] = {
    {"single_letter", single_letter}, {"letter_phrase", letter_phrase},
    {"option_text", option_text},     {"letter_with_text", letter_with_text},
    {"yes_no_word", yes_no_word},     {"contained_option", contained_option},
    {"open_text", open_text},
};

}  // namespace

std::span<const Rule> all_rules() { return kRules; }

}  // namespace osler::grade
