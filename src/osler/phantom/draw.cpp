#include "osler/phantom/draw.h"

namespace osler::phantom {

Picture draw(const Scene& scene, Random& random) {
  switch (scene.family) {
    case Family::ct:
      return draw_ct(scene, random);
    case Family::radiograph:
      return draw_radiograph(scene, random);
    case Family::ultrasound:
      return draw_ultrasound(scene, random);
    case Family::histology:
      break;
  }
  return draw_histology(scene, random);
}

}  // namespace osler::phantom
