#pragma once

#include <string>
#include <string_view>

#include "osler/core/error.h"

namespace osler {

/// The bytes of a text in base64 (RFC 4648, section 4: A-Z a-z 0-9 + /, padded with '=' to a multiple of four). White
/// space is passed over, and so are backslashes, because JSON may write "\/" for "/". Anything else is an error whose
/// place is the byte in `text`: other characters, wrong padding, bits that are left over, and nothing at all.
[[nodiscard]] Result<std::string> decode_base64(std::string_view text);

/// Puts the base64 of the bytes behind a text: on one line, padded.
void append_base64(std::string& text, std::string_view bytes);

}  // namespace osler
