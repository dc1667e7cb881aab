#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace osler {

/// Whether the bytes are well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether the byte goes on with a character that began before it.
[[nodiscard]] constexpr bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// At most `bytes` of the text, and no part of a character at its end. Bytes that are not UTF-8 are cut where they are.
[[nodiscard]] std::string_view utf8_beginning(std::string_view text, std::size_t bytes);

/// The text with control characters (C0, DEL, C1) as "?": a name from a file must not move the cursor of a terminal,
/// colour it, or start a line that looks like ours. Line ends count as control characters.
[[nodiscard]] std::string printable_line(std::string_view text);

/// As printable_line, of a text of several lines: line ends ("\r\n" as "\n") and tabs stay.
[[nodiscard]] std::string printable_text(std::string_view text);

/// The text without a UTF-8 byte order mark at its start, which some editors and exports write.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

}  // namespace osler
