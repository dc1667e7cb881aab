#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Names of models, benchmarks and strata come from files, hubs and servers: they may hold any bytes. Here they become
// harmless in each format.
namespace osler::report {

/// The text with every byte that is not UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view bytes);

/// One line that is safe on a terminal: valid UTF-8, control characters as their pictures (a newline is U+240A), and
/// U+FFFD for what would reorder or break the line.
[[nodiscard]] std::string printable(std::string_view bytes);

/// As printable; of a text that takes more columns, its first bytes, as many as these columns, and "...".
[[nodiscard]] std::string printable_beginning(std::string_view bytes, std::size_t columns);

/// Columns that printable text takes on a terminal: none for combining marks, two for East Asian wide characters. An
/// approximation by blocks: a wrong guess costs alignment, nothing else.
[[nodiscard]] std::size_t display_width(std::string_view printable_text);

/// Printable text that GitHub-flavoured markdown shows as it stands, in a table's cell or a paragraph.
[[nodiscard]] std::string markdown_text(std::string_view bytes);

/// One CSV field, quoted where RFC 4180 asks for it; valid UTF-8 without NUL.
[[nodiscard]] std::string csv_field(std::string_view bytes);

}  // namespace osler::report
