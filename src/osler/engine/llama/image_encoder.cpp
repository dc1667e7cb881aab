#include "osler/engine/llama/image_encoder.h"

#include <fmt/format.h>

#include "osler/engine/llama/log_capture.h"

namespace osler {
namespace {

std::uint64_t bytes_of(const std::vector<float>& numbers) { return numbers.size() * sizeof(float); }

}  // namespace

Result<ImageEmbedding> ImageEncoder::encode(const PromptChunk& chunk) {
  const std::string key = fmt::format("{}#{}", chunk.input->pixel_hash(), chunk.part);
  if (const auto known = places_.find(key); known != places_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return known->second->second;
  }
  auto embedding = compute(chunk);
  if (embedding) remember(key, *embedding);
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

void ImageEncoder::remember(const std::string& key, const ImageEmbedding& embedding) {
  const std::uint64_t size = bytes_of(*embedding);
  if (size > limit_) return;
  while (bytes_ + size > limit_) {
    bytes_ -= bytes_of(*entries_.back().second);
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }
  entries_.emplace_front(key, embedding);
  places_.emplace(key, entries_.begin());
  bytes_ += size;
}

}  // namespace osler
