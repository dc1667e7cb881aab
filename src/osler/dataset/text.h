#pragma once

#include <string>
#include <string_view>

namespace osler {

/// Without white space (ASCII) at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// ASCII letters in lower case; other bytes unchanged, so UTF-8 stays whole. Does not depend on the locale.
[[nodiscard]] std::string to_lower(std::string_view text);

/// Trimmed, and every run of white space inside (embedded tabs and line ends included) as one space.
[[nodiscard]] std::string collapse_space(std::string_view text);

}  // namespace osler
