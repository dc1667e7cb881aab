// A frontal chest radiograph: projected soft tissue, lungs, ribs, heart and spine.

#include <cmath>

#include "osler/phantom/draw.h"

namespace osler::phantom {
namespace {

void draw_body(Canvas& canvas, Random& random) {
  const Canvas texture = clouds(24, random);
  canvas.each([&](double x, double y, double& pixel) {
    // Shoulders at the top, flanks below.
    const double half = 62 + 30 * smooth_step(8, 44, y) - 6 * smooth_step(60, 190, y);
    const double edge = 1 - smooth_step(half - 5, half + 3, std::abs(x - kMiddle));
    const double neck = 1 - smooth_step(22, 30, std::abs(x - kMiddle));
    const double body = smooth_step(10, 22, y) > 0.5 ? edge : std::max(neck, edge * smooth_step(6, 22, y));
    const double grain = texture.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
    pixel = mix(pixel, 0.56 + 0.03 * grain, body);
  });
}

void draw_lungs(Canvas& canvas) {
  canvas.ellipse(54, 90, 36, 66, 0.24, 4);
  canvas.ellipse(138, 90, 36, 66, 0.24, 4);
  // Domes of the diaphragm.
  canvas.ellipse(54, 176, 44, 34, 0.66, 2);
  canvas.ellipse(138, 180, 44, 34, 0.66, 2);
}

/// Vessels branch from the roots of the lungs.
void draw_vessels(Canvas& canvas, Random& random) {
  for (const double side : {-1.0, 1.0}) {
    for (int i = 0; i < 7; ++i) {
      const double x = kMiddle + side * 20;
      const double y = random.between(80, 102);
      canvas.line(x, y, x + side * random.between(16, 42), y + random.between(-42, 40), 0.8, 0.44, 0.5);
    }
  }
}

/// Each rib is a piece of a parabola that falls away from the spine.
void draw_ribs(Canvas& canvas) {
  canvas.each([&](double x, double y, double& pixel) {
    const double out = std::abs(x - kMiddle);
    if (out < 10 || out > 86) return;
    for (int rib = 0; rib < 8; ++rib) {
      const double u = (out - 40) / 46;
      const double centre = 24 + 18.5 * rib + 13 * u * u;
      const double cover = 1 - smooth_step(2.2, 4.2, std::abs(y - centre));
      pixel += 0.085 * cover;
    }
  });
}

void draw_middle(Canvas& canvas, const Scene& scene) {
  const double shift = scene.midline_shift();
  canvas.ellipse(kMiddle + 0.5 * shift, 100, 17, 96, 0.66, 5);
  // Heart: two thirds of it lie to the patient's left, which is on the right of the picture.
  const double size = scene.background ? 1.5 : 0.92;
  canvas.ellipse(kMiddle + 9 + shift, 134, 27 * size, 25 * (0.75 + 0.25 * size), 0.68, 3);
  canvas.line(kMiddle, 20, kMiddle, 186, 6, 0.74, 0.5);  // Spine.
  for (int i = 0; i < 12; ++i) canvas.ellipse(kMiddle, 26 + 14 * i, 7, 1.4, 0.58, 1, 0.6);
  // Windpipe: a dark band that bends with the mediastinum.
  canvas.each([&](double x, double y, double& pixel) {
    if (y < 6 || y > 84) return;
    const double centre = kMiddle + 1.25 * shift * smooth_step(6, 52, y);
    pixel = mix(pixel, 0.27, 0.9 * (1 - smooth_step(3.6, 5.6, std::abs(x - centre))));
  });
  canvas.line(kMiddle - 12, 34, 28, 22, 2.6, 0.8, 0.6);  // Collar bones.
  canvas.line(kMiddle + 12, 34, 164, 22, 2.6, 0.8, 0.6);
}

void draw_lesions(Canvas& canvas, const Scene& scene) {
  for (const Lesion& lesion : scene.lesions) {
    if (!lesion.brighter) canvas.lesion(lesion.grown(2), 0.66, 1.2, 0.8);  // A wall.
    canvas.lesion(lesion, lesion.brighter ? 0.93 : 0.05, 1.6, 0.95);
  }
}

}  // namespace

Picture draw_radiograph(const Scene& scene, Random& random) {
  Canvas canvas(0.03);
  draw_body(canvas, random);
  draw_lungs(canvas);
  draw_vessels(canvas, random);
  draw_middle(canvas, scene);
  draw_ribs(canvas);
  draw_lesions(canvas, scene);
  canvas.blur(1);
  canvas.add_noise(0.018, random);
  canvas.marker(8, 8, 0.97);
  return to_picture({&canvas});
}

}  // namespace osler::phantom
