#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/grade.h"

namespace osler::cli {

/// A text that is safe on a terminal already, every line of it indented: none can look like one of ours.
[[nodiscard]] std::string indented(const std::string& text);

/// How a marked span is shown.
struct SpanMarks {
  std::string before;
  std::string after;
};

/// Reverse video on a terminal that can, else signs that no response is likely to hold.
[[nodiscard]] SpanMarks span_marks(bool colour);

/// A response for people: control characters made harmless, every line indented, the span between marks. Of a text of
/// more than `most` bytes only what is around the span is shown, or its end where there is no span, and how many bytes
/// are left out; 0 is no limit.
[[nodiscard]] std::string response_view(std::string_view response, const std::optional<Span>& span,
                                        const SpanMarks& marks, std::size_t most);

}  // namespace osler::cli
