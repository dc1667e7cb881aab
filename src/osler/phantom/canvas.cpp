#include "osler/phantom/canvas.h"

#include <algorithm>
#include <cmath>

namespace osler::phantom {

double smooth_step(double low, double high, double value) {
  const double t = std::clamp((value - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

double mix(double from, double to, double weight) { return from + (to - from) * weight; }

void Canvas::ellipse(double x, double y, double a, double b, double value, double edge, double opacity) {
  Lesion shape;
  shape.x = x;
  shape.y = y;
  shape.rx = a;
  shape.ry = b;
  lesion(shape, value, edge, opacity);
}

void Canvas::lesion(const Lesion& lesion, double value, double edge, double opacity) {
  const double soft = edge / std::min(lesion.rx, lesion.ry);
  each([&](double x, double y, double& pixel) {
    const double inside = 1 - smooth_step(1 - soft, 1 + soft, lesion.distance(x, y));
    pixel = mix(pixel, value, inside * opacity);
  });
}

void Canvas::line(double x0, double y0, double x1, double y1, double half_width, double value, double opacity) {
  const double dx = x1 - x0;
  const double dy = y1 - y0;
  const double length2 = dx * dx + dy * dy;
  each([&](double x, double y, double& pixel) {
    const double t = std::clamp(((x - x0) * dx + (y - y0) * dy) / length2, 0.0, 1.0);
    const double ex = x - x0 - t * dx;
    const double ey = y - y0 - t * dy;
    const double away = std::sqrt(ex * ex + ey * ey);
    pixel = mix(pixel, value, (1 - smooth_step(half_width - 0.7, half_width + 0.7, away)) * opacity);
  });
}

void Canvas::marker(std::size_t x, std::size_t y, double value) {
  constexpr std::array<const char*, 7> kLetter = {"####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"};
  for (std::size_t row = 0; row < 2 * kLetter.size(); ++row) {
    for (std::size_t column = 0; column < 10; ++column) {
      if (kLetter.at(row / 2)[column / 2] == '#') at(x + column, y + row) = value;
    }
  }
}

void Canvas::blur(std::size_t radius) {
  const auto last = static_cast<std::ptrdiff_t>(kPictureSize) - 1;
  const auto reach = static_cast<std::ptrdiff_t>(radius);
  const double weight = 1 / static_cast<double>(2 * radius + 1);
  const auto pass = [&](std::size_t step, std::size_t stride) {
    std::vector<double> result(values_.size());
    for (std::size_t line = 0; line < kPictureSize; ++line) {
      for (std::ptrdiff_t i = 0; i <= last; ++i) {
        double sum = 0;
        for (std::ptrdiff_t k = i - reach; k <= i + reach; ++k) {
          sum += values_[line * stride + static_cast<std::size_t>(std::clamp(k, std::ptrdiff_t{0}, last)) * step];
        }
        result[line * stride + static_cast<std::size_t>(i) * step] = sum * weight;
      }
    }
    values_ = std::move(result);
  };
  pass(1, kPictureSize);
  pass(kPictureSize, 1);
}

void Canvas::add_noise(double deviation, Random& random) {
  for (double& value : values_) value += deviation * random.normal();
}

Canvas clouds(std::size_t scale, Random& random) {
  const std::size_t knots = kPictureSize / scale + 2;
  std::vector<double> heights(knots * knots);
  for (double& height : heights) height = random.between(-1, 1);
  Canvas result;
  result.each([&](double x, double y, double& value) {
    const double u = x / static_cast<double>(scale);
    const double v = y / static_cast<double>(scale);
    const auto i = static_cast<std::size_t>(u);
    const auto j = static_cast<std::size_t>(v);
    const double s = smooth_step(0, 1, u - static_cast<double>(i));
    const double t = smooth_step(0, 1, v - static_cast<double>(j));
    const auto height = [&](std::size_t column, std::size_t row) { return heights[row * knots + column]; };
    value = mix(mix(height(i, j), height(i + 1, j), s), mix(height(i, j + 1), height(i + 1, j + 1), s), t);
  });
  return result;
}

Picture to_picture(const std::vector<const Canvas*>& channels) {
  Picture picture;
  picture.channels = channels.size();
  picture.samples.reserve(channels.size() * kPictureSize * kPictureSize);
  for (std::size_t y = 0; y < kPictureSize; ++y) {
    for (std::size_t x = 0; x < kPictureSize; ++x) {
      for (const Canvas* channel : channels) {
        const double value = std::clamp(channel->at(x, y), 0.0, 1.0) * 255 + 0.5;
        picture.samples.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return picture;
}

}  // namespace osler::phantom
