#pragma once

#include <re2/re2.h>

namespace osler::grade {

/// Patterns see bytes, not code points: a response may be invalid UTF-8, and a pattern's Chinese characters are just
/// their bytes. A dot is any byte, line ends included.
[[nodiscard]] inline RE2::Options bytewise() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  return options;
}

}  // namespace osler::grade
