#pragma once

#include <optional>
#include <string_view>

#include "osler/core/grade.h"

namespace osler::grade {

struct Boxes {
  std::optional<Span> last;  ///< What stands in the last complete \boxed{...} or \fbox{...}.
  bool unclosed = false;     ///< A box begins that never ends.
};

/// Step P2. "Last" is the one that begins last, so of nested boxes the inner one. Braces after a backslash do not
/// count. One pass, whatever the text.
[[nodiscard]] Boxes find_boxes(std::string_view text);

}  // namespace osler::grade
