#pragma once

#include <string_view>

namespace osler::grade {

/// What a rule reads, or why reading ended there, in one line for people; empty for a name that is not known.
[[nodiscard]] std::string_view describe_rule(std::string_view name);

}  // namespace osler::grade
