#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/llama/prepared_prompt.h"

namespace osler {

/// What the vision encoder makes of a part of a picture: a row of VisionModel::embedding_width() numbers per token.
using ImageEmbedding = std::shared_ptr<const std::vector<float>>;

/// The vision encoder, with a bounded memory of what it encoded last. For one thread at a time.
class ImageEncoder {
 public:
  /// Keeps at most `cache_bytes` of embeddings; those used longest ago go first.
  ImageEncoder(const VisionModel& model, std::uint64_t cache_bytes) : model_(model), limit_(cache_bytes) {}

  /// Precondition: `chunk` is a part of a picture.
  [[nodiscard]] Result<ImageEmbedding> encode(const PromptChunk& chunk);

  [[nodiscard]] std::uint64_t encoded() const { return encoded_; }  ///< Parts that went through the encoder.

  void on_activity(const std::function<void()>& tell) { tell_ = tell; }

 private:
  using Entry = std::pair<std::string, ImageEmbedding>;

  [[nodiscard]] Result<ImageEmbedding> compute(const PromptChunk& chunk);
  void remember(const std::string& key, const ImageEmbedding& embedding);

  const VisionModel& model_;
  const std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  std::uint64_t encoded_ = 0;
  std::list<Entry> entries_;  ///< The latest used first.
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;
  std::function<void()> tell_;
};

}  // namespace osler
