#pragma once

#include <cstddef>
#include <string_view>

#include "osler/core/grade.h"

namespace osler::grade {

/// Step P1: the part of a response that the model meant to be read.
struct Visible {
  Span span;              ///< After the last end of a reasoning segment, before the next beginning.
  bool unclosed = false;  ///< A reasoning segment begins after it and does not end.
};

/// Knows <think>, <thinking>, <thought>, <reasoning>, <seed:think>, [THINK], <|begin_of_thought|> and the marks of
/// Kimi-VL, in any case. An end without a beginning counts, for many chat templates put the beginning in the prompt.
[[nodiscard]] Visible visible_part(std::string_view text);

}  // namespace osler::grade
