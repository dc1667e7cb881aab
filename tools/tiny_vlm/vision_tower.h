#pragma once

#include "tiny_vlm/tiny_vlm.h"
#include "tiny_vlm/weights.h"

namespace osler::tiny_vlm {

class GgufFile;

/// Describes the vision tower and its projector and adds their random weights to `file`.
void describe_vision_tower(GgufFile& file, const Weights& weights, const TinyVlmOptions& options);

}  // namespace osler::tiny_vlm
