#pragma once

#include <array>
#include <string>
#include <string_view>

#include "osler/phantom/scene.h"

namespace osler::phantom {

/// How one family's pictures are spoken of.
struct Words {
  std::string_view modality;
  std::string_view view;
  std::string_view organ;
  std::string_view clue;      ///< What gives the modality away, as a sentence.
  std::string_view brighter;  ///< Of a lesion: "hyperdense".
  std::string_view darker;
  std::string_view upper;
  std::string_view lower;
  std::string_view background_question;
  std::string_view background_yes;  ///< As a sentence.
  std::string_view background_no;
  std::string_view sign_question;
  std::string_view sign_yes;
  std::string_view sign_no;
  /// What the largest lesion is, by [brighter][sign].
  std::array<std::array<std::string_view, 2>, 2> findings;
};

[[nodiscard]] const Words& words_of(Family family);

/// "right" or "left", as the questions use it.
[[nodiscard]] std::string_view side_word(bool right);
[[nodiscard]] std::string_view brightness_word(const Words& words, bool brighter);
/// "right upper", "left anterior", ...
[[nodiscard]] std::string quadrant_word(const Words& words, bool right, bool upper);
/// "none", "one", ..., "four".
[[nodiscard]] std::string_view number_word(std::size_t number);

}  // namespace osler::phantom
