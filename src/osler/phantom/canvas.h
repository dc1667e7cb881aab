#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "osler/phantom/scene.h"

namespace osler::phantom {

/// 0 at `low` and below, 1 at `high` and above, smooth in between.
[[nodiscard]] double smooth_step(double low, double high, double value);
[[nodiscard]] double mix(double from, double to, double weight);

/// Brightness of a square picture, nominally 0 (black) to 1 (white), while it is being drawn.
/// Uses only operations that IEEE 754 rounds exactly, so that every machine draws the same picture.
class Canvas {
 public:
  explicit Canvas(double value = 0) : values_(kPictureSize * kPictureSize, value) {}

  [[nodiscard]] double& at(std::size_t x, std::size_t y) { return values_[y * kPictureSize + x]; }
  [[nodiscard]] double at(std::size_t x, std::size_t y) const { return values_[y * kPictureSize + x]; }

  /// Calls change(x, y, value&) with the coordinates of every pixel's centre.
  template <class Change>
  void each(const Change& change) {
    for (std::size_t y = 0; y < kPictureSize; ++y) {
      for (std::size_t x = 0; x < kPictureSize; ++x) {
        change(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5, at(x, y));
      }
    }
  }

  /// Mixes `value` in where the ellipse is, with a border that is `edge` pixels soft.
  void ellipse(double x, double y, double a, double b, double value, double edge, double opacity = 1);
  /// Mixes a lesion's value in.
  void lesion(const Lesion& lesion, double value, double edge, double opacity = 1);
  /// Mixes a straight line in.
  void line(double x0, double y0, double x1, double y1, double half_width, double value, double opacity);
  /// Writes a capital R, the marker of the patient's right side.
  void marker(std::size_t x, std::size_t y, double value);
  /// Averages over squares of (2 radius + 1) pixels.
  void blur(std::size_t radius);
  void add_noise(double deviation, Random& random);

 private:
  std::vector<double> values_;
};

/// Smooth random clouds: mean 0, about ±1, with structures of `scale` pixels.
[[nodiscard]] Canvas clouds(std::size_t scale, Random& random);

/// A finished picture: 8 bits a sample, row by row, 1 (grey) or 3 (RGB) samples a pixel.
struct Picture {
  std::size_t channels = 1;
  std::vector<std::uint8_t> samples;
};

/// Rounds to 8 bits; what is outside of 0 to 1 is clipped.
[[nodiscard]] Picture to_picture(const std::vector<const Canvas*>& channels);

}  // namespace osler::phantom
