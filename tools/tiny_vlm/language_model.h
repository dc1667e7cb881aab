#pragma once

#include <vector>

#include "tiny_vlm/shape.h"
#include "tiny_vlm/tiny_vlm.h"
#include "tiny_vlm/vocabulary.h"
#include "tiny_vlm/weights.h"

namespace osler::tiny_vlm {

class GgufFile;

/// One transformer block. The biases are Qwen's; others have none.
struct Block {
  Matrix query, key, value, attention_out;
  std::vector<float> query_bias, key_bias, value_bias;
  Matrix gate, up, down;
};

struct LanguageModel {
  Matrix embedding;  ///< A row per token: what goes in.
  Matrix output;     ///< A row per token: what its logit reads off the last state.
  std::vector<Block> blocks;
};

/// Random weights all over: the voice `random`.
[[nodiscard]] LanguageModel random_language_model(const Weights& weights, const Vocabulary& vocabulary);

/// Describes the model and adds its tensors to `file`; `weights` are for those that only some architectures have.
void describe(GgufFile& file, LanguageModel model, const Weights& weights, const TinyVlmOptions& options);

}  // namespace osler::tiny_vlm
