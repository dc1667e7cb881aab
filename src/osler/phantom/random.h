#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace osler::phantom {

/// A stream of numbers that is the same on every machine and with every standard library (SplitMix64, Steele, Lea and
/// Flood 2014); the standard's distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A stream of its own for part `index` of a whole.
  Random(std::uint64_t seed, std::uint64_t index) : state_(seed) {
    state_ = next() ^ (index * 0xD1B54A32D192ED03U);
    state_ = next();
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  /// In [0, 1), in steps of 2^-53.
  double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  double between(double low, double high) { return low + (high - low) * unit(); }
  /// Mean 0, variance 1: the sum of twelve uniform numbers, which needs no logarithm.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }
  /// In [0, size). The bias of the modulus is below 2^-50 for the sizes used here.
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(next() % size); }
  bool coin(double probability = 0.5) { return unit() < probability; }

  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values[index(values.size())];
  }

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[index(i)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace osler::phantom
