#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "osler/storage/json_scan.h"

namespace osler {

/// Reads JSON of a known shape in one pass and without a tree, many times as fast as parse_json. Every function takes
/// what it names, white space before it included, and returns false if something else follows, or the same in a form
/// that only parse_json knows; then the reader is of no more use. What is taken is valid JSON and means what parse_json
/// makes of it. Linear time, no recursion of its own.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  /// An object: `member` is called with every key and has to take the value. Keys with escapes or beyond ASCII are left
  /// to parse_json; one that stands twice is the caller's to see.
  template <class Member>
  [[nodiscard]] bool object(Member member) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::string_view name;
      if (!key(name) || !take(':') || !member(name)) return false;
    } while (take(','));
    return take('}');
  }

  /// An array: `element` is called before every element and has to take it.
  template <class Element>
  [[nodiscard]] bool array(Element element) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!element()) return false;
    } while (take(','));
    return take(']');
  }

  /// A string, escapes resolved, in the place of what `out` held.
  [[nodiscard]] bool string(std::string& out);
  /// A number without sign, fraction and exponent, below 10^19.
  [[nodiscard]] bool whole(std::uint64_t& out);
  /// A number that a double can hold, rounded to the nearest; a negative one only with fraction or exponent.
  [[nodiscard]] bool number(double& out);
  [[nodiscard]] bool boolean(bool& out);
  /// Nothing but white space.
  [[nodiscard]] bool end();

 private:
  void pass_space() {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    pass_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool key(std::string_view& out);
  bool escape(std::string& out);
  bool four_digits(std::uint32_t& out);
  std::size_t pass_digits();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace osler
