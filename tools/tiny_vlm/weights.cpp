#include "tiny_vlm/weights.h"

#include <cmath>

namespace osler::tiny_vlm {

std::uint64_t SplitMix64::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

float SplitMix64::next_unit() {
  constexpr float root_of_three = 1.7320508F;  // A uniform distribution over [-a, a] deviates by a / sqrt(3).
  constexpr float half_range = 1U << 22U;
  // 23 random bits are exact in a float, and so is their distance from the middle of their range.
  const auto bits = static_cast<float>(next() >> 41U);
  return (bits - half_range) * (root_of_three / half_range);
}

SplitMix64 Weights::stream(std::string_view name) const {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return SplitMix64(SplitMix64(seed_).next() ^ hash);
}

std::vector<float> Weights::vector(std::string_view name, std::size_t size, float deviation) const {
  auto random = stream(name);
  std::vector<float> values(size);
  for (float& value : values) value = deviation * random.next_unit();
  return values;
}

Matrix Weights::matrix(std::string_view name, std::size_t inputs, std::size_t outputs, float deviation) const {
  return {inputs, outputs, vector(name, inputs * outputs, deviation)};
}

Matrix Weights::linear(std::string_view name, std::size_t inputs, std::size_t outputs, float gain) const {
  // IEEE 754 rounds a square root correctly, so this too is the same on every machine.
  return matrix(name, inputs, outputs, gain / std::sqrt(static_cast<float>(inputs)));
}

}  // namespace osler::tiny_vlm
