#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/item.h"
#include "osler/phantom/random.h"
#include "osler/phantom/scene.h"

namespace osler::phantom {

inline constexpr std::size_t kQuestionsPerPicture = 8;

/// A question about one picture, with the way from the picture to its answer.
struct Question {
  std::string topic;  ///< "modality", "compare", ...
  Kind kind = Kind::mcq;
  Capability capability = Capability::understanding;
  std::string text;
  std::vector<std::string> options;  ///< Of an mcq, in the order of their letters.
  std::string answer;                ///< The right option's text, yes or no, or the open answer.
  std::string explanation;           ///< Sentences that lead to the answer.
};

/// Deals the positions of right options so that every position comes equally often: a shuffled pack of all positions
/// is dealt out before the next one is begun.
class PositionDealer {
 public:
  /// A position below `options`, which is 2 to 5.
  [[nodiscard]] std::size_t deal(std::size_t options, Random& random);

 private:
  std::array<std::vector<std::size_t>, 6> packs_;
};

/// Eight questions about a scene. Which answer is right does not follow from a question's text, nor from the fact that
/// it is asked: over the scenes of a whole benchmark every option of a question is right equally often.
[[nodiscard]] std::vector<Question> ask(const Scene& scene, Random& random, PositionDealer& dealer);

}  // namespace osler::phantom
