#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/llama/prepared_prompt.h"
#include "osler/engine/llama/recently_used.h"

namespace osler {

/// What the vision encoder makes of a part of a picture: a row of VisionModel::embedding_width() numbers per token.
using ImageEmbedding = std::shared_ptr<const std::vector<float>>;

/// What tells one part of a picture from all others. Precondition: `chunk` is a part of a picture.
[[nodiscard]] std::string embedding_name(const PromptChunk& chunk);

/// The vision encoder, with a bounded memory of what it encoded last. For one thread at a time.
class ImageEncoder {
 public:
  /// Keeps at most `cache_bytes` of embeddings; those used longest ago go first.
  ImageEncoder(const VisionModel& model, std::uint64_t cache_bytes) : model_(model), memory_(cache_bytes) {}

  /// Precondition: `chunk` is a part of a picture.
  [[nodiscard]] Result<ImageEmbedding> encode(const PromptChunk& chunk);

  [[nodiscard]] std::uint64_t encoded() const { return encoded_; }  ///< Parts that went through the encoder.

  /// Forgets what it encoded.
  void forget() { memory_.clear(); }

  void on_activity(const std::function<void()>& tell) { tell_ = tell; }

 private:
  [[nodiscard]] Result<ImageEmbedding> compute(const PromptChunk& chunk);

  const VisionModel& model_;
  RecentlyUsed<ImageEmbedding> memory_;
  std::uint64_t encoded_ = 0;
  std::function<void()> tell_;
};

}  // namespace osler
