#pragma once

#include <span>
#include <string>
#include <string_view>

#include "osler/grade/peers/verdicts.h"

/// MedXpertQA's own evaluator (TsinghuaC3I/MedXpertQA), eval/utils.py, answer_cleansing with zero_shot prompts.
namespace osler::grade::medxpertqa {

/// The first capital letter of an option that stands alone (for Python's \b, in which Chinese characters are letters)
/// behind the first "Therefore, among A through E, the answer is" (with the last option's letter), else behind the
/// first " answer is ", else anywhere. "I understand" and "A through J", "... E", "... D" are cut out before. Rules:
/// "after_trigger", "after_answer_is" and "first_letter" say where it stood, "unmatched" that there was none.
[[nodiscard]] ChosenOption first_letter(std::span<const std::string> options, std::string_view response);

}  // namespace osler::grade::medxpertqa
