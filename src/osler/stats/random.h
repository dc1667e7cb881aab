#pragma once

#include <cstdint>

namespace osler::stats {

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood (2014), Fast splittable pseudorandom number generators, OOPSLA): a few
/// operations a number, any seed is good. The same numbers everywhere, unlike the standard's distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A generator for the block-th part of a task, so that parts may be done in any order.
  static Random for_block(std::uint64_t seed, std::uint64_t block) {
    return Random(Random(seed + 0x632BE59BD9B4E019U * (block + 1)).next());
  }

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace osler::stats
