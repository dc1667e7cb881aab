#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/grade.h"

namespace osler::grade {

/// Step P0: one spelling for what looks the same on the page (line ends, full-width forms, odd spaces, curly quotes,
/// Chinese brackets and full stop), zero-width marks deleted, and the backspace that a JSON escape made of `\boxed`
/// undone. Every other byte, valid UTF-8 or not, stays. Remembers where each byte came from.
class Normalised {
 public:
  /// The original must outlive this object: text() is the original itself where nothing had to change.
  explicit Normalised(std::string_view original);
  Normalised(const Normalised&) = delete;
  Normalised& operator=(const Normalised&) = delete;

  [[nodiscard]] std::string_view text() const { return text_; }
  /// The bytes of the original from which text()[begin, end) was made.
  [[nodiscard]] Span original(Span span) const;

 private:
  /// From this byte of the text on, the original runs in step with it, until the next anchor.
  struct Anchor {
    std::size_t text = 0;
    std::size_t original = 0;
  };

  std::string storage_;
  std::vector<Anchor> anchors_;  ///< Ascending; empty where nothing changed.
  std::string_view text_;
};

/// Step P0 without the map, for texts of the benchmark.
[[nodiscard]] std::string normalise(std::string_view text);

}  // namespace osler::grade
