#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace osler {

/// Where values begin and end in a JSON text, found by brackets and quotes alone: what is found is not yet known to be
/// valid. Linear time, no recursion, no copies.

/// The white space of JSON (RFC 8259, section 2).
[[nodiscard]] constexpr bool is_json_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Finds the end of one value whose text arrives piece by piece.
class JsonExtent {
 public:
  /// `text` begins with the value's first byte, which is no white space, and repeats what was shown before. The
  /// value's length once its end is there. A number or a word ends before the byte that ends it.
  [[nodiscard]] std::optional<std::size_t> advance(std::string_view text);

 private:
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool in_string_ = false;
};

/// A member of an object, as it is written.
struct JsonMember {
  std::string_view key;  ///< With its quotes.
  std::string_view value;
};

/// Takes apart an object, with or without white space around it; false if it is no such thing, and then `members` means
/// nothing.
[[nodiscard]] bool split_object(std::string_view object, std::vector<JsonMember>& members);

/// The same for an array.
[[nodiscard]] bool split_array(std::string_view array, std::vector<std::string_view>& elements);

/// What stands between the quotes of a string, if that is what it means as it is: no escapes, no control characters,
/// UTF-8.
[[nodiscard]] std::optional<std::string_view> plain_string(std::string_view value);

}  // namespace osler
