#include "osler/dataset/images/similarity.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>

#include "osler/dataset/images/average.h"

namespace osler {
namespace {

constexpr std::size_t kCells = 32;
constexpr std::size_t kFrequencies = 8;

/// 2^15 cos(k pi / 64): a quarter of the wave.
constexpr std::array<std::int64_t, 33> kCosine = {32768, 32729, 32610, 32413, 32138, 31786, 31357, 30853, 30274,
                                                  29622, 28899, 28106, 27246, 26320, 25330, 24279, 23170, 22006,
                                                  20788, 19520, 18205, 16846, 15447, 14010, 12540, 11039, 9512,
                                                  7962,  6393,  4808,  3212,  1608,  0};

/// 2^15 cos(pi (2 cell + 1) frequency / 64).
std::int64_t wave(std::size_t frequency, std::size_t cell) {
  const std::size_t k = (2 * cell + 1) * frequency % 128;
  const std::size_t half = k <= 64 ? k : 128 - k;
  return half <= 32 ? kCosine[half] : -kCosine[64 - half];
}

/// In 256ths of a grey level.
std::vector<std::int64_t> grey_cells(const Image& image) {
  const auto averages = area_average(image, kCells, kCells);
  std::vector<std::int64_t> grey(kCells * kCells);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const std::uint64_t sum = std::uint64_t{19595} * averages[3 * i] + std::uint64_t{38470} * averages[3 * i + 1] +
                              std::uint64_t{7471} * averages[3 * i + 2];
    grey[i] = static_cast<std::int64_t>((sum + 32768) >> 16U);
  }
  return grey;
}

using Coefficients = std::array<std::int64_t, kFrequencies * kFrequencies>;

/// Of the orthonormal cosine transform, in 256ths of a grey level.
Coefficients transformed(const std::vector<std::int64_t>& grey) {
  std::array<std::int64_t, kFrequencies * kCells> across{};
  Coefficients coefficients{};
  for (std::size_t y = 0; y < kCells; ++y) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      for (std::size_t x = 0; x < kCells; ++x) across[u * kCells + y] += wave(u + 1, x) * grey[y * kCells + x];
    }
  }
  for (std::size_t v = 0; v < kFrequencies; ++v) {
    for (std::size_t u = 0; u < kFrequencies; ++u) {
      std::int64_t sum = 0;
      for (std::size_t y = 0; y < kCells; ++y) sum += wave(v + 1, y) * across[u * kCells + y];
      // Both waves carry 2^15, and the transform's own factor is 2 / 32.
      coefficients[v * kFrequencies + u] = sum / (std::int64_t{1} << 34U);
    }
  }
  return coefficients;
}

/// The mean square of the cells' grey, as far as these coefficients make it up (Parseval), is at least one level.
bool has_contrast(const Coefficients& coefficients) {
  std::int64_t sum = 0;
  for (const std::int64_t value : coefficients) sum += value * value;
  constexpr std::int64_t kLevel = 256;
  return sum >= kLevel * kLevel * static_cast<std::int64_t>(kCells * kCells);
}

/// The pictures of one hash, by index.
struct Group {
  std::uint64_t hash = 0;
  std::span<const std::size_t> pictures;
};

/// Counts pairs and keeps the closest.
class ClosestPairs {
 public:
  explicit ClosestPairs(std::size_t most) : most_(most) {}

  void add_within(const Group& group) {
    const std::uint64_t size = group.pictures.size();
    found_.pairs += size * (size - 1) / 2;
    for (std::size_t i = 0; i + 1 < size; ++i) {
      if (!keep_some(group.pictures[i], group.pictures.subspan(i + 1), 0)) return;
    }
  }

  void add_between(const Group& a, const Group& b, unsigned distance) {
    found_.pairs += std::uint64_t{a.pictures.size()} * b.pictures.size();
    for (const std::size_t picture : a.pictures) {
      if (!keep_some(picture, b.pictures, distance)) return;
    }
  }

  NearDuplicates sorted() {
    std::sort_heap(found_.closest.begin(), found_.closest.end(), closer);
    return std::move(found_);
  }

 private:
  static bool closer(const NearPair& a, const NearPair& b) {
    return std::tie(a.distance, a.first, a.second) < std::tie(b.distance, b.first, b.second);
  }

  /// Of the pairs of one picture with others, which come in rising order, keeps those that are close enough. False if
  /// not even the first is: neither is any pair of a later picture then.
  bool keep_some(std::size_t picture, std::span<const std::size_t> others, unsigned distance) {
    for (const std::size_t other : others) {
      const auto [first, second] = std::minmax(picture, other);
      if (!keep({first, second, distance})) return other != others.front();
    }
    return true;
  }

  bool keep(const NearPair& pair) {
    auto& heap = found_.closest;
    if (heap.size() == most_) {
      if (most_ == 0 || !closer(pair, heap.front())) return false;
      std::pop_heap(heap.begin(), heap.end(), closer);
      heap.pop_back();
    }
    heap.push_back(pair);
    std::push_heap(heap.begin(), heap.end(), closer);
    return true;
  }

  std::size_t most_;
  NearDuplicates found_;
};

using Hashes = std::span<const std::optional<std::uint64_t>>;

/// The pictures that have a hash, equal ones beside each other.
std::vector<std::size_t> by_hash(Hashes hashes) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (hashes[i]) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [hashes](std::size_t a, std::size_t b) { return std::tie(*hashes[a], a) < std::tie(*hashes[b], b); });
  return order;
}

std::vector<Group> groups_of(Hashes hashes, std::span<const std::size_t> order) {
  std::vector<Group> groups;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    const std::uint64_t hash = *hashes[order[begin]];
    while (end < order.size() && *hashes[order[end]] == hash) ++end;
    groups.push_back({hash, order.subspan(begin, end - begin)});
  }
  return groups;
}

/// Cuts the 64 bits into so many bands, as equal as they can be.
std::vector<std::uint64_t> band_masks(unsigned bands) {
  std::vector<std::uint64_t> masks(bands);
  for (unsigned bit = 0; bit < 64; ++bit) masks[bit * bands / 64] |= std::uint64_t{1} << bit;
  return masks;
}

}  // namespace

std::optional<std::uint64_t> perceptual_hash(const Image& image) {
  if (image.width == 0 || image.height == 0) return std::nullopt;
  const Coefficients coefficients = transformed(grey_cells(image));
  if (!has_contrast(coefficients)) return std::nullopt;
  Coefficients ordered = coefficients;
  auto* const middle = ordered.begin() + ordered.size() / 2 - 1;
  std::nth_element(ordered.begin(), middle, ordered.end());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    if (coefficients[i] > *middle) hash |= std::uint64_t{1} << i;
  }
  return hash;
}

NearDuplicates near_duplicates(std::span<const std::optional<std::uint64_t>> hashes, unsigned max_distance,
                               std::size_t most_listed) {
  assert(max_distance < 64);
  const std::vector<std::size_t> order = by_hash(hashes);
  std::vector<Group> groups = groups_of(hashes, order);
  ClosestPairs found(most_listed);
  for (const Group& group : groups) found.add_within(group);
  // Of d + 1 bands, d differing bits leave at least one alike: only hashes that share a band are compared.
  const auto masks = band_masks(max_distance + 1);
  for (auto mask = masks.begin(); mask != masks.end(); ++mask) {
    const auto band = [mask](const Group& group) { return group.hash & *mask; };
    std::sort(groups.begin(), groups.end(), [band](const Group& a, const Group& b) { return band(a) < band(b); });
    for (auto a = groups.begin(); a != groups.end(); ++a) {
      for (auto b = a + 1; b != groups.end() && band(*a) == band(*b); ++b) {
        const std::uint64_t difference = a->hash ^ b->hash;
        const unsigned distance = hash_distance(a->hash, b->hash);
        if (distance > max_distance) continue;
        // Found already in an earlier band.
        if (std::any_of(masks.begin(), mask, [difference](std::uint64_t m) { return (difference & m) == 0; })) continue;
        found.add_between(*a, *b, distance);
      }
    }
  }
  return found.sorted();
}

}  // namespace osler
