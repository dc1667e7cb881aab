#include "osler/engine/llama/image_encoder.h"

#include <fmt/format.h>

#include "osler/engine/llama/log_capture.h"

namespace osler {

std::string embedding_name(const PromptChunk& chunk) {
  return fmt::format("{}#{}", chunk.input->pixel_hash(), chunk.part);
}

Result<ImageEmbedding> ImageEncoder::encode(const PromptChunk& chunk) {
  const std::string name = embedding_name(chunk);
  if (const auto* known = memory_.find(name); known != nullptr) return *known;
  auto embedding = compute(chunk);
  if (embedding) memory_.keep(name, *embedding, (*embedding)->size() * sizeof(float));
  return embedding;
}

Result<ImageEmbedding> ImageEncoder::compute(const PromptChunk& chunk) {
  const auto part = chunk.input->part(chunk.part);
  if (!part) return pass(part);
  if (mtmd_input_chunk_get_n_tokens(*part) != chunk.cells) {
    return fail(ErrorCode::engine, "the image has another size in its prompt than for the encoder");
  }
  const LogCapture log;
  if (mtmd_encode_chunk(model_.projector(), *part) != 0) {
    return fail(ErrorCode::engine, "the image cannot be encoded" + log.reason());
  }
  ++encoded_;
  if (tell_) tell_();
  const float* numbers = mtmd_get_output_embd(model_.projector());
  auto embedding =
      std::make_shared<const std::vector<float>>(numbers, numbers + chunk.cells * model_.embedding_width());
  chunk.input->release_after(chunk.part);
  return embedding;
}

}  // namespace osler
