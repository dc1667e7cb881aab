#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "osler/core/error.h"
#include "osler/phantom/canvas.h"
#include "osler/phantom/questions.h"
#include "osler/phantom/scene.h"

namespace osler::phantom {

inline constexpr std::uint64_t kMostPictures = 1'000'000;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t images = 100;  ///< 1 to kMostPictures. Multiples of 20 are balanced exactly.
  std::filesystem::path folder;
};

/// The truth about one picture, and its questions.
struct Case {
  std::uint64_t index = 0;
  Scene scene;
  Random texture;  ///< What the picture's noise comes from.
  std::vector<Question> questions;

  /// Draws the picture: the same at every call.
  [[nodiscard]] Picture picture() const;
};

/// Makes the cases of a seed one after another: the first pictures of a longer benchmark are those of a shorter one.
class Generator {
 public:
  explicit Generator(std::uint64_t seed);
  [[nodiscard]] Case next();

 private:
  std::uint64_t seed_;
  std::uint64_t index_ = 0;
  Random dealing_;
  PositionDealer dealer_;
};

/// Writes a benchmark in the plain form that users' own benchmarks have:
///   phantom.yaml       its card
///   items.jsonl        one question a line: id, image, question, options, answer, kind, capability, topic, family,
///                      explanation
///   truth.jsonl        one picture a line: family, signs and every lesion, in pixels
///   images/NNNNNN.png  192 x 192 pixels
/// The same options write the same bytes. A folder that holds something else is refused. `progress` is called with the
/// number of pictures done.
[[nodiscard]] Status generate(const Options& options, const std::function<void(std::uint64_t done)>& progress);

}  // namespace osler::phantom
