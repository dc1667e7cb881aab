#pragma once

#include <memory>
#include <string>

#include "osler/engine/cache/embedding_store.h"
#include "osler/engine/embedder.h"

namespace osler {

/// An embedder behind a store of vectors: what was embedded before, by any embedder of the same identity, is handed out
/// at once, the rest is made and kept. Errors are not kept.
class CachingEmbedder : public Embedder {
 public:
  CachingEmbedder(std::unique_ptr<Embedder> embedder, std::unique_ptr<EmbeddingStore> store);

  [[nodiscard]] const EngineFacts& facts() const override { return embedder_->facts(); }
  [[nodiscard]] bool sees_images() const override { return embedder_->sees_images(); }
  [[nodiscard]] bool wants_original_images() const override { return embedder_->wants_original_images(); }
  [[nodiscard]] Status embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token stop) override;

 private:
  std::unique_ptr<Embedder> embedder_;
  std::unique_ptr<EmbeddingStore> store_;
  std::string fingerprint_;
};

}  // namespace osler
