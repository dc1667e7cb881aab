#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace osler {

/// How the states of a text's tokens become one vector.
enum class Pooling {
  last_token,  ///< The state of the last token, after the final norm.
  mean,        ///< The mean over all tokens, those of pictures included.
};

/// A size that the model's own code gives a picture before its image processor gives it another.
struct FirstResize {
  std::uint32_t side = 28;  ///< Pixels; sides become multiples of it.
  std::uint64_t min_tokens = 4;
  std::uint64_t max_tokens = 16'384;  ///< Both in squares of that side.
};

/// How a model is brought to embed an item, as its authors do it. Without any of it: the model's chat template with the
/// item as the user's turn, and the last token's state.
struct EmbeddingRecipe {
  Pooling pooling = Pooling::last_token;
  /// The whole text with {instruction}, {image} and {text}, each at most once; special tokens in it mean what they say.
  /// Empty: the model's chat template.
  std::string prompt = {};
  std::string instruction = {};
  std::optional<std::int32_t> min_image_tokens = {};
  std::optional<std::int32_t> max_image_tokens = {};
  std::optional<std::uint64_t> most_images = {};  ///< The first so many of an item are shown; empty: all.
  std::optional<std::uint64_t> most_tokens = {};  ///< What is beyond is cut off at the end; empty: nothing is cut.
  std::optional<FirstResize> first_resize = {};
  std::optional<std::uint64_t> dimensions = {};  ///< Numbers of a vector; a model that has others is another model.
};

}  // namespace osler
