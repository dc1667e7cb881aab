#include "osler/run/ablation.h"

#include <array>
#include <random>
#include <string>
#include <utility>

#include "osler/core/hash.h"

namespace osler {
namespace {

constexpr std::array<std::pair<Ablation, std::string_view>, 4> kNames = {{
    {Ablation::none, "none"},
    {Ablation::no_image, "no-image"},
    {Ablation::shuffled_image, "shuffled-image"},
    {Ablation::permuted, "permuted"},
}};

std::string key_of(const std::vector<ImageSource>& images) {
  if (images.size() == 1) return images.front().key;
  Sha256 hash;
  for (const auto& image : images) hash.update_field(image.key);
  return hash.hex();
}

}  // namespace

std::string_view name_of(Ablation ablation) { return kNames.at(static_cast<std::size_t>(ablation)).second; }

std::optional<Ablation> ablation_from(std::string_view name) {
  for (const auto& [ablation, known] : kNames) {
    if (known == name) return ablation;
  }
  return std::nullopt;
}

ShuffledImages::ShuffledImages(const std::vector<Item>& items, std::uint64_t seed) {
  for (const Item& item : items) {
    if (item.images.empty()) continue;
    if (place_.emplace(key_of(item.images), cycle_.size()).second) cycle_.push_back(&item.images);
  }
  // The engine is the same by the standard everywhere; the standard's shuffle is not.
  std::mt19937_64 random(seed);
  for (std::size_t i = cycle_.size(); i > 1; --i) std::swap(cycle_[i - 1], cycle_[random() % i]);
  for (std::size_t i = 0; i < cycle_.size(); ++i) place_[key_of(*cycle_[i])] = i;
}

const std::vector<ImageSource>* ShuffledImages::instead_of(const Item& item, std::size_t attempt) const {
  if (attempt + 1 >= cycle_.size()) return nullptr;
  return cycle_[(place_.at(key_of(item.images)) + 1 + attempt) % cycle_.size()];
}

}  // namespace osler
