#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace osler::tiny_vlm {

/// Steele, Lea and Flood's SplitMix64: 64 bits of state, the same numbers everywhere.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// Uniform with mean 0 and standard deviation 1. Only +, * and exact conversions: no libm, so no machine differs.
  [[nodiscard]] float next_unit();

 private:
  std::uint64_t state_;
};

/// A matrix as ggml stores it: `outputs` rows of `inputs` values each; y = M x.
struct Matrix {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> values = {};

  [[nodiscard]] float& at(std::size_t output, std::size_t input) { return values[output * inputs + input]; }
};

/// Every tensor draws from a stream of its own, named after it: adding a tensor changes no other.
class Weights {
 public:
  explicit Weights(std::uint64_t seed) : seed_(seed) {}

  [[nodiscard]] SplitMix64 stream(std::string_view name) const;
  [[nodiscard]] std::vector<float> vector(std::string_view name, std::size_t size, float deviation) const;
  [[nodiscard]] Matrix matrix(std::string_view name, std::size_t inputs, std::size_t outputs, float deviation) const;
  /// A matrix that turns inputs of deviation 1 into outputs of deviation `gain`.
  [[nodiscard]] Matrix linear(std::string_view name, std::size_t inputs, std::size_t outputs, float gain = 1) const;

 private:
  std::uint64_t seed_;
};

}  // namespace osler::tiny_vlm
