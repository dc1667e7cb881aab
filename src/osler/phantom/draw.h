#pragma once

#include "osler/phantom/canvas.h"
#include "osler/phantom/scene.h"

namespace osler::phantom {

/// Draws the picture that a scene describes. `random` gives noise and texture, which no question asks about.
[[nodiscard]] Picture draw(const Scene& scene, Random& random);

[[nodiscard]] Picture draw_ct(const Scene& scene, Random& random);
[[nodiscard]] Picture draw_radiograph(const Scene& scene, Random& random);
[[nodiscard]] Picture draw_ultrasound(const Scene& scene, Random& random);
[[nodiscard]] Picture draw_histology(const Scene& scene, Random& random);

}  // namespace osler::phantom
