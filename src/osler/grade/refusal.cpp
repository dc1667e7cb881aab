#include "osler/grade/refusal.h"

#include <cstddef>

#include "osler/grade/characters.h"
#include "osler/grade/patterns.h"

namespace osler::grade {
namespace {

// A refusal stands first ("I'm sorry, but ...") or last ("... so I cannot provide a diagnosis."). What lies between
// is reasoning, in which "I cannot determine the grade" refuses nothing.
constexpr std::size_t kHead = 300;
constexpr std::size_t kTail = 300;

const RE2& english() {
  static const RE2 pattern(
      "(?i)"
      // I'm sorry, but I can't ...
      "\\bsorry\\b[,.;:]? *(?:but )?(?:I|we)\\b *(?:can'?t|cannot|can not|am unable|am not able|won'?t|will not|do not|"
      "don'?t|must)\\b"
      // I am unable to determine / answer / provide ...
      "|\\b(?:I|we)(?: am|'m| are|'re| was)(?: \\w+ly)? (?:unable|not able|not qualified|not permitted|not allowed|not "
      "in a position) to (?:\\w+ly )?(?:determine|answer|diagnose|interpret|assist|help|provide|give|offer|make|tell|"
      "say|analy[sz]e|assess|evaluate|view|see (?:the|this|any|your) (?:\\w+ "
      ")?(?:image|picture|scan|photo|x-?ray)s?)\\b"
      // I cannot determine / answer / assist with / provide medical advice ...
      "|\\b(?:I|we) (?:can'?t|cannot|can not|could not|couldn'?t|won'?t|will not)(?: \\w+ly)? (?:determine|answer|"
      "diagnose|interpret|assist|help|comply|fulfil|view|(?:see|access|open|analy[sz]e|evaluate|assess) "
      "(?:the|this|any|your|an) (?:\\w+ )?(?:image|picture|scan|photo|x-?ray)s?|(?:provide|give|offer|make|render) "
      "(?:\\w+ ){0,3}(?:medical|clinical|advice|diagnos\\w+|answer|interpretation|opinion|assessment|recommendation)s?)"
      "\\b"
      // ^Cannot determine the answer; ^Unable to answer
      "|^\\W{0,8}(?:cannot|can'?t|can not|unable to|not able to) (?:be "
      ")?(?:determined?|answer(?:ed)?|diagnosed?|assist|"
      "help)\\b"
      "|\\b(?:it is|it's) (?:not possible|impossible) (?:for me )?to (?:\\w+ly "
      ")?(?:determine|answer|diagnose|say|tell)\\b"
      "|\\b(?:answer|diagnosis) (?:cannot|can'?t|can not) be (?:\\w+ly )?(?:determined|given|made|provided)\\b"
      "|\\bas an? (?:AI|artificial|language|large language)\\b[^.]{0,80}(?:cannot|can'?t|can not|unable|not able|do "
      "not|don'?t|am not)\\b"
      "|\\b(?:I am|I'm) not (?:a|your) (?:doctor|physician|radiologist|pathologist|medical professional)\\b"
      "|\\b(?:insufficient|not enough) (?:information|data|context)\\b[^.]{0,20} to (?:\\w+ly )?(?:determine|answer|"
      "diagnose|say|tell)\\b",
      bytewise());
  return pattern;
}

const RE2& chinese() {
  static const RE2 pattern(
      "(?:抱歉|对不起|很遗憾).{0,60}(?:无法|不能|没办法)"
      "|(?:我|作为.{0,40})(?:无法|不能)(?:.{0,12})(?:确定|回答|判断|提供|诊断|识别|查看|给出)"
      "|无法(?:确定|回答|判断|给出)(?:.{0,12})(?:答案|诊断|问题)",
      bytewise());
  return pattern;
}

/// "The answer is B" or "答案是B": whatever else the response says, it does not decline.
const RE2& names_answer() {
  static const RE2 pattern(
      "(?:(?i:\\b(?:answer|diagnosis|choice|option)(?: is|:) *)|答案(?:是|为|:)? *)[*(\\[\"']*[A-Z]\\b", bytewise());
  return pattern;
}

bool declines(std::string_view part) {
  return RE2::PartialMatch(part, english()) || RE2::PartialMatch(part, chinese());
}

}  // namespace

bool is_refusal(std::string_view text) {
  const auto trimmed = trim(text);
  const auto head = trimmed.substr(0, kHead);
  const auto tail =
      trimmed.size() > kHead + kTail ? trimmed.substr(trimmed.size() - kTail) : trimmed.substr(head.size());
  if (RE2::PartialMatch(head, names_answer()) || RE2::PartialMatch(tail, names_answer())) return false;
  return declines(head) || (!tail.empty() && declines(tail));
}

}  // namespace osler::grade
