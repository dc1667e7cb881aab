#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/item.h"

namespace osler {

/// A control: what a model scores when the picture cannot help it (question, options and grading stay as they are), or
/// when the options stand in other orders (the picture stays).
enum class Ablation {
  none,
  no_image,        ///< The question alone.
  shuffled_image,  ///< The question with the picture of another item.
  permuted,        ///< Every other cyclic order of the options (option_orders.h).
};

/// "none", "no-image", "shuffled-image" or "permuted".
[[nodiscard]] std::string_view name_of(Ablation ablation);
[[nodiscard]] std::optional<Ablation> ablation_from(std::string_view name);

/// Which picture an item gets instead of its own: all items of one picture get the same other one, and every picture
/// is shown in place of exactly one other. Items without pictures take no part.
class ShuffledImages {
 public:
  static constexpr std::uint64_t kSeed = 1;

  /// `items` must outlive this; the same items give the same order.
  explicit ShuffledImages(const std::vector<Item>& items, std::uint64_t seed = kSeed);

  /// The images of another item, or nothing when there are fewer than `attempt` + 2 different ones. Further attempts
  /// are for files that differ and show the same picture. Precondition: the item is one of `items` and has images.
  [[nodiscard]] const std::vector<ImageSource>* instead_of(const Item& item, std::size_t attempt) const;

 private:
  std::vector<const std::vector<ImageSource>*> cycle_;  ///< Each is followed by the one that stands in for it.
  std::unordered_map<std::string, std::size_t> place_;  ///< Of an item's image keys in cycle_.
};

}  // namespace osler
