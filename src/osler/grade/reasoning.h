#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/grade.h"

namespace osler::grade {

/// The marks around what a model reasons.
struct ReasoningMarks {
  std::string open;
  std::string close;
};

/// One of them as it is looked for.
struct ReasoningMark {
  std::string text;  ///< Normalised, in lower case.
  bool begins = false;
};

[[nodiscard]] std::vector<ReasoningMark> to_look_for(const std::vector<ReasoningMarks>& marks);

/// Step P1: the part of a response that the model meant to be read.
struct Visible {
  Span span;              ///< After the last end of a reasoning segment, before the next beginning.
  bool unclosed = false;  ///< A reasoning segment begins after it and does not end.
};

/// Knows <think>, <thinking>, <thought>, <reasoning>, <seed:think>, [THINK], <|begin_of_thought|> and the marks of
/// Kimi-VL, in any case, and `more` than these. An end without a beginning counts, for many chat templates put the
/// beginning in the prompt.
[[nodiscard]] Visible visible_part(std::string_view text, std::span<const ReasoningMark> more = {});

}  // namespace osler::grade
