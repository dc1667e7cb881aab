#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tiny_vlm/tiny_vlm.h"

namespace osler::tiny_vlm {

class GgufFile;

/// A byte-level BPE vocabulary of some 300 tokens that covers every text: 256 bytes, the commonest letter groups of
/// English, whole phrases that only the `boxed` voice says, and the control tokens of ChatML and of pictures.
class Vocabulary {
 public:
  /// With at least `size` tokens: rare ones that no text is tokenised into fill it up, as half of a real vocabulary is.
  /// `more_controls` are control tokens of the architecture's own.
  explicit Vocabulary(std::size_t size = 0, const std::vector<std::string_view>& more_controls = {});

  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] std::size_t byte(char c) const { return static_cast<unsigned char>(c); }
  /// The token with exactly this text; it must exist.
  [[nodiscard]] std::size_t token(std::string_view text) const;
  /// Tokens that stand for no text: ends of turns and the like.
  [[nodiscard]] std::vector<std::size_t> control_tokens() const;

  /// What llama.cpp looks for or puts round a picture, beyond the tokens that all have.
  [[nodiscard]] static std::vector<std::string_view> more_controls(Architecture architecture);

  void describe(GgufFile& file, Architecture architecture) const;

 private:
  void add(std::string_view text, std::int32_t type);

  std::vector<std::string> texts_;   ///< As they read.
  std::vector<std::string> tokens_;  ///< As GGUF stores them: every byte as a printable character.
  std::vector<std::int32_t> types_;
  std::vector<std::string> merges_;
};

/// What the `boxed` voice says. No text is tokenised into these: no merge leads to them.
namespace phrase {
inline constexpr std::string_view looking = "Looking at the image, I choose ";
inline constexpr std::string_view findings = "The findings fit best with ";
inline constexpr std::string_view unsure = "I cannot tell from this image.";
inline constexpr std::string_view box = "\\boxed{";
}  // namespace phrase

namespace control {
inline constexpr std::string_view end_of_text = "<|endoftext|>";
inline constexpr std::string_view turn_start = "<|im_start|>";
inline constexpr std::string_view turn_end = "<|im_end|>";
inline constexpr std::string_view vision_start = "<|vision_start|>";
inline constexpr std::string_view vision_end = "<|vision_end|>";
inline constexpr std::string_view image_pad = "<|image_pad|>";
}  // namespace control

}  // namespace osler::tiny_vlm
