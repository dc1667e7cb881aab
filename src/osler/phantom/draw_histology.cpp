// A field of stained tissue (haematoxylin and eosin) under the light microscope: pink ground, purple nuclei.

#include <algorithm>
#include <cmath>

#include "osler/phantom/draw.h"

namespace osler::phantom {
namespace {

using Colour = std::array<double, 3>;

constexpr Colour kNucleus = {0.46, 0.32, 0.62};
constexpr Colour kDarkNucleus = {0.24, 0.12, 0.42};
constexpr Colour kNestGround = {0.52, 0.34, 0.62};
constexpr Colour kPaleGround = {0.97, 0.95, 0.97};

struct Field {
  std::array<Canvas, 3> channels;

  void blend(std::size_t x, std::size_t y, const Colour& colour, double weight) {
    for (std::size_t c = 0; c < channels.size(); ++c) {
      double& value = channels.at(c).at(x, y);
      value = mix(value, colour.at(c), weight);
    }
  }

  /// Visits only the pixels around the shape: there are hundreds of nuclei.
  template <class Weight>
  void blend_around(double x, double y, double reach, const Colour& colour, const Weight& weight) {
    const auto clip = [](double value) {
      return static_cast<std::size_t>(std::clamp(value, 0.0, static_cast<double>(kPictureSize)));
    };
    for (std::size_t row = clip(y - reach); row < clip(y + reach + 1); ++row) {
      for (std::size_t column = clip(x - reach); column < clip(x + reach + 1); ++column) {
        const double w = weight(static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5);
        if (w > 0) blend(column, row, colour, w);
      }
    }
  }
};

void draw_ground(Field& field, Random& random) {
  const Canvas cloud = clouds(20, random);
  const Canvas fibre = clouds(6, random);
  for (std::size_t y = 0; y < kPictureSize; ++y) {
    for (std::size_t x = 0; x < kPictureSize; ++x) {
      const double tone = 0.03 * cloud.at(x, y) + 0.035 * fibre.at(x, y);
      field.channels[0].at(x, y) = 0.91 + 0.5 * tone;
      field.channels[1].at(x, y) = 0.70 + 1.4 * tone;
      field.channels[2].at(x, y) = 0.82 + tone;
    }
  }
}

void draw_nucleus(Field& field, double x, double y, double radius, const Colour& colour, Random& random) {
  Lesion shape;
  shape.x = x;
  shape.y = y;
  shape.rx = radius;
  shape.ry = radius * random.between(0.65, 1.0);
  shape.turn(random);
  const double opacity = random.between(0.75, 0.95);
  field.blend_around(x, y, radius + 1, colour, [&](double px, double py) {
    return opacity * (1 - smooth_step(0.7, 1.25, shape.distance(px, py)));
  });
}

/// The outline of a lesion: smooth, or with coarse teeth. Harmonics of the angle without a sine: cos((k+1)a) and
/// sin((k+1)a) follow from those of k by one complex multiplication.
class Outline {
 public:
  Outline(const Lesion& lesion, bool ragged, Random& random) : lesion_(lesion) {
    for (double& weight : weights_) weight = ragged ? random.between(-1, 1) * 0.13 : 0;
    teeth_ = ragged ? 0.2 : 0;
  }

  /// Below 1 inside.
  [[nodiscard]] double distance(double x, double y) const {
    const double dx = x - lesion_.x;
    const double dy = y - lesion_.y;
    const double away = std::sqrt(dx * dx + dy * dy);
    if (away < 1e-9) return 0;
    const double c = dx / away;
    const double s = dy / away;
    double ck = c;
    double sk = s;
    double border = 1;
    for (int k = 2; k <= 9; ++k) {
      const double next = ck * c - sk * s;
      sk = sk * c + ck * s;
      ck = next;
      if (k >= 4 && k <= 7) border += weights_.at(static_cast<std::size_t>(k - 4)) * ck;
    }
    border += teeth_ * ck;
    return lesion_.distance(x, y) / border;
  }

 private:
  Lesion lesion_;
  std::array<double, 4> weights_{};
  double teeth_ = 0;
};

void draw_lesion(Field& field, const Lesion& lesion, bool ragged, Random& random) {
  const Outline outline(lesion, ragged, random);
  const double reach = lesion.radius() * 1.8 + 2;
  const double soft = 1.2 / lesion.radius();
  field.blend_around(lesion.x, lesion.y, reach, lesion.brighter ? kPaleGround : kNestGround, [&](double x, double y) {
    return 0.95 * (1 - smooth_step(1 - soft, 1 + soft, outline.distance(x, y)));
  });
  if (lesion.brighter) return;
  const auto nuclei = static_cast<int>(lesion.rx * lesion.ry * 0.22);
  for (int i = 0; i < nuclei; ++i) {
    const double x = lesion.x + random.between(-1.3, 1.3) * lesion.radius();
    const double y = lesion.y + random.between(-1.3, 1.3) * lesion.radius();
    if (outline.distance(x, y) < 0.92) draw_nucleus(field, x, y, random.between(1.8, 2.6), kDarkNucleus, random);
  }
}

}  // namespace

Picture draw_histology(const Scene& scene, Random& random) {
  Field field;
  draw_ground(field, random);
  const int cells = scene.background ? 420 : 130;
  constexpr double kSide = static_cast<double>(kPictureSize);
  for (int i = 0; i < cells; ++i) {
    draw_nucleus(field, random.between(0, kSide), random.between(0, kSide), random.between(1.6, 2.8), kNucleus, random);
  }
  for (std::size_t i = 0; i < scene.lesions.size(); ++i) {
    draw_lesion(field, scene.lesions[i], i == 0 && scene.sign, random);
  }
  for (Canvas& channel : field.channels) channel.add_noise(0.012, random);
  return to_picture({&field.channels[0], &field.channels[1], &field.channels[2]});
}

}  // namespace osler::phantom
