#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// Arithmetic on single pixels, the way PIL does it: these formulas decide whether our pixels are PIL's.
namespace osler::images {

using Rgb = std::array<std::uint8_t, 3>;

/// A colour table of 256 entries. Entries that a file leaves out are grey of their own index, as in PIL.
struct Palette {
  std::array<Rgb, 256> colours;

  Palette() {
    for (std::size_t i = 0; i < colours.size(); ++i) {
      colours[i].fill(static_cast<std::uint8_t>(i));
    }
  }
};

inline void put(std::uint8_t* pixel, const Rgb& colour) { std::copy(colour.begin(), colour.end(), pixel); }
inline void put_grey(std::uint8_t* pixel, std::uint8_t value) { std::fill_n(pixel, 3, value); }

/// 255 - v, within a byte.
[[nodiscard]] inline std::uint8_t inverted(std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); }

/// a * b / 255, rounded, without a division: exact for all bytes.
[[nodiscard]] inline unsigned scaled(unsigned a, unsigned b) {
  const unsigned product = a * b + 128;
  return (product + (product >> 8)) >> 8;
}

/// CMYK where 255 is full ink. The naive formula, without a colour profile: what PIL's convert("RGB") uses.
[[nodiscard]] inline Rgb rgb_of_cmyk(unsigned cyan, unsigned magenta, unsigned yellow, unsigned black) {
  const unsigned light = 255 - black;
  const auto channel = [light](unsigned ink) { return static_cast<std::uint8_t>(light - scaled(ink, light)); };
  return {channel(cyan), channel(magenta), channel(yellow)};
}

/// The one documented difference to PIL, which would clip: 16-bit grey is scaled and rounded to the nearest.
[[nodiscard]] inline std::uint8_t grey_of_16_bits(unsigned value) {
  return static_cast<std::uint8_t>((value * 255U + 32767U) / 65535U);
}

/// A grey value of 1, 2, 4 or 8 bits, spread over 0..255.
[[nodiscard]] inline std::uint8_t grey_of_bits(unsigned value, unsigned bits) {
  return static_cast<std::uint8_t>(value * (255U / ((1U << bits) - 1U)));
}

/// The `index`-th value of `bits` (1, 2, 4 or 8) bits in a row that is packed from the most significant bit on.
[[nodiscard]] inline unsigned packed_value(std::span<const std::uint8_t> row, std::size_t index, unsigned bits) {
  const std::size_t bit = index * bits;
  const unsigned byte = row[bit / 8];
  const auto shift = static_cast<unsigned>(8 - bits - bit % 8);
  return (byte >> shift) & ((1U << bits) - 1U);
}

}  // namespace osler::images
