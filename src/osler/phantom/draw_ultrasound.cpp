// An ultrasound sector over the liver: speckle that multiplies, a capsule, shadows and bright bands behind lesions.

#include <algorithm>
#include <cmath>

#include "osler/phantom/draw.h"

namespace osler::phantom {
namespace {

constexpr double kFirstDepth = 26;  // Distances from the apex at which the sector begins and ends.
constexpr double kLastDepth = 198;

struct Beam {
  double depth = 0;  ///< Distance from the apex.
  double slope = 0;  ///< Sideways pixels for each pixel down.
};

Beam beam_at(double x, double y) {
  const double down = y - kApex;
  const double sideways = x - kMiddle;
  return {std::sqrt(down * down + sideways * sideways), sideways / down};
}

double tissue(const Scene& scene, const Beam& beam, double cloud) {
  double value = 0.40 + 0.06 * cloud;
  const double skin = 1 - smooth_step(44, 48, beam.depth);
  value = mix(value, 0.62 + 0.1 * cloud, skin);
  if (scene.background) {
    const double fluid = smooth_step(46, 48, beam.depth) * (1 - smooth_step(58, 60, beam.depth));
    value = mix(value, 0.03, fluid);
  }
  const double capsule = scene.background ? 62 : 50;
  return mix(value, 0.92, 1 - smooth_step(1.2, 2.8, std::abs(beam.depth - capsule)));
}

/// What the largest lesion does to the echoes from behind it.
double behind(const Scene& scene, const Beam& beam) {
  if (scene.lesions.empty()) return 1;
  const Lesion& lesion = scene.lesions.front();
  const Beam centre = beam_at(lesion.x, lesion.y);
  if (beam.depth < centre.depth) return 1;
  const double half = lesion.radius() / (lesion.y - kApex);
  const double inside = 1 - smooth_step(0.75 * half, 1.05 * half, std::abs(beam.slope - centre.slope));
  return mix(1, scene.sign ? 0.16 : 1.9, inside);
}

}  // namespace

Picture draw_ultrasound(const Scene& scene, Random& random) {
  const Canvas cloud = clouds(18, random);
  Canvas speckle;
  // The magnitude of a sum of random echoes: fully developed speckle is close to a Rayleigh distribution.
  speckle.each([&](double, double, double& value) {
    const double in_phase = random.normal();
    const double quadrature = random.normal();
    value = std::sqrt(in_phase * in_phase + quadrature * quadrature) / 1.2533;
  });
  Canvas echo;
  echo.each([&](double x, double y, double& value) {
    value = tissue(scene, beam_at(x, y), cloud.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y)));
    value *= behind(scene, beam_at(x, y));
  });
  for (const Lesion& lesion : scene.lesions) echo.lesion(lesion, lesion.brighter ? 0.86 : 0.03, 1.4);
  Canvas canvas;
  canvas.each([&](double x, double y, double& value) {
    const Beam beam = beam_at(x, y);
    if (beam.depth < kFirstDepth || beam.depth > kLastDepth || std::abs(beam.slope) > kOpening) return;
    const auto column = static_cast<std::size_t>(x);
    const auto row = static_cast<std::size_t>(y);
    // Along a line of the picture neighbouring echoes overlap more than along a beam.
    const double left = speckle.at(column > 0 ? column - 1 : 0, row);
    const double right = speckle.at(std::min(column + 1, kPictureSize - 1), row);
    const double grain = 0.5 * speckle.at(column, row) + 0.25 * (left + right);
    value = echo.at(column, row) * (0.35 + 0.65 * grain) * (1.12 - 0.0016 * beam.depth);
  });
  canvas.add_noise(0.008, random);
  return to_picture({&canvas});
}

}  // namespace osler::phantom
