#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osler {

/// Letters, digits, and all bytes of characters beyond ASCII.
[[nodiscard]] inline bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/// Of the letters of a request those that are one byte, joined.
[[nodiscard]] inline std::string single_letters(const std::vector<std::string>& letters) {
  std::string joined;
  for (const auto& letter : letters) {
    if (letter.size() == 1) joined += letter;
  }
  return joined;
}

/// Where a token's text holds one of the letters and no other letter, digit or character beyond ASCII.
[[nodiscard]] inline std::optional<std::size_t> lone_letter(std::string_view piece, std::string_view letters) {
  const auto* const letter = std::find_if(piece.begin(), piece.end(), is_word_byte);
  if (letter == piece.end() || letters.find(*letter) == std::string_view::npos) return std::nullopt;
  if (std::find_if(letter + 1, piece.end(), is_word_byte) != piece.end()) return std::nullopt;
  return static_cast<std::size_t>(letter - piece.begin());
}

}  // namespace osler
