#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "osler/core/image.h"

namespace osler {

/// A hash of how a picture looks, for finding one picture in two sizes or encodings. It is the DCT hash of C. Zauner,
/// "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1, in integers: grey by
/// ITU-R BT.601, averaged over areas to 32 x 32 cells; of their two-dimensional cosine transform the 8 x 8 coefficients
/// of the frequencies 1 to 8 each way; a bit is set where the coefficient is larger than the lower one of the two in
/// the middle. Pictures that are cut, turned or mirrored have other hashes.
///
/// Nothing for a picture with hardly any contrast at these frequencies (an all black one, a plain slope): rounding
/// would decide its bits.
[[nodiscard]] std::optional<std::uint64_t> perceptual_hash(const Image& image);

/// In how many bits two hashes differ.
[[nodiscard]] inline unsigned hash_distance(std::uint64_t a, std::uint64_t b) {
  return static_cast<unsigned>(std::popcount(a ^ b));
}

/// Hashes that differ in no more bits are taken for those of one picture. Measured on 423 radiographs, CT and MR
/// pictures of VQA-RAD and SLAKE (tests/dataset/images/similarity_real_data_test.cpp): of 2,538 copies (JPEG of quality
/// 75 and 30, a third to twice the size, squeezed to 224 x 224) all are within 4 bits of their original, 99.7 % within
/// 2. Of the 89,253 pairs of originals two are: neighbouring slices of one patient. Pictures of different patients
/// begin at 10 bits; among many thousand chest radiographs some will be nearer by chance, so that a pair is a place to
/// look, not a proof.
inline constexpr unsigned kNearDuplicateDistance = 4;

struct NearPair {
  std::size_t first = 0;  ///< Index of a hash, less than `second`.
  std::size_t second = 0;
  unsigned distance = 0;
};

struct NearDuplicates {
  std::uint64_t pairs = 0;        ///< All there are.
  std::vector<NearPair> closest;  ///< By distance, then by index; no more than asked for.
};

/// All pairs of hashes that differ in at most max_distance (< 64) bits; a picture without hash is in none. Equal hashes
/// pair as well: who does not want them passes each once. Memory is linear in the number of hashes and does not grow
/// with the number of pairs. Time is quadratic only where most hashes are nearly alike without being equal.
[[nodiscard]] NearDuplicates near_duplicates(std::span<const std::optional<std::uint64_t>> hashes,
                                             unsigned max_distance, std::size_t most_listed);

}  // namespace osler
