// An axial slice through the head as CT shows it in a brain window: after Shepp and Logan (1974), a few ellipses with
// a density each.

#include <cmath>

#include "osler/phantom/draw.h"

namespace osler::phantom {
namespace {

/// Where the midline runs at height y: fixed at both ends of the skull, displaced most in the middle.
double midline_x(const Scene& scene, double y) {
  const double t = (y - kMiddle) / 74;
  return kMiddle + scene.midline_shift() * (t * t < 1 ? 1 - t * t : 0);
}

void draw_brain(Canvas& canvas, Random& random) {
  const Canvas texture = clouds(14, random);
  const Canvas folds = clouds(7, random);
  const Lesion brain{kMiddle, kMiddle, 65, 79, 1, 0, false, false, false};
  canvas.each([&](double x, double y, double& pixel) {
    const double depth = brain.distance(x, y);
    if (depth > 1.03) return;
    const auto column = static_cast<std::size_t>(x);
    const auto row = static_cast<std::size_t>(y);
    // Grey matter is a brighter, folded rind around white matter.
    const double rind = smooth_step(0.78, 0.9, depth + 0.07 * folds.at(column, row));
    const double value = 0.40 + 0.08 * rind + 0.03 * texture.at(column, row);
    pixel = mix(value, pixel, smooth_step(0.97, 1.02, depth));
  });
}

void draw_midline(Canvas& canvas, const Scene& scene) {
  canvas.each([&](double x, double y, double& pixel) {
    const double along = std::abs(y - kMiddle) / 76;
    if (along > 1) return;
    const double away = std::abs(x - midline_x(scene, y));
    pixel = mix(pixel, 0.62, 0.9 * (1 - smooth_step(0.4, 1.8, away)));
  });
}

void draw_ventricles(Canvas& canvas, const Scene& scene) {
  const double size = scene.background ? 1.75 : 0.9;
  for (const double side : {-1.0, 1.0}) {
    for (const double front : {-1.0, 1.0}) {
      const double y = kMiddle + front * 17 - 2;
      Lesion horn;
      horn.x = midline_x(scene, y) + side * (3 + 4.2 * size);
      horn.y = y;
      horn.rx = 4.6 * size;
      horn.ry = 14;
      // The horns diverge from the middle, by (8, 15, 17).
      horn.axis_x = 15.0 / 17;
      horn.axis_y = -side * front * 8.0 / 17;
      canvas.lesion(horn, 0.2, 1.5);
    }
  }
}

}  // namespace

Picture draw_ct(const Scene& scene, Random& random) {
  Canvas canvas(0.02);
  const double bone = random.between(0.93, 0.99);
  canvas.ellipse(kMiddle, kMiddle, 77, 91, 0.3, 1);  // Scalp.
  canvas.ellipse(kMiddle, kMiddle, 73.5, 87.5, bone, 1);
  canvas.ellipse(kMiddle, kMiddle, 66.5, 80.5, 0.22, 1);  // Fluid between bone and brain.
  draw_brain(canvas, random);
  draw_ventricles(canvas, scene);
  draw_midline(canvas, scene);
  for (const Lesion& lesion : scene.lesions) {
    canvas.lesion(lesion.grown(2.5), lesion.brighter ? 0.33 : 0.52, 1.5, 0.7);  // Oedema, or a wall.
    canvas.lesion(lesion, lesion.brighter ? 0.84 : 0.06, 1.5);
  }
  canvas.blur(1);
  canvas.add_noise(0.022, random);
  canvas.marker(8, 8, 0.95);
  return to_picture({&canvas});
}

}  // namespace osler::phantom
