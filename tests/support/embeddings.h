#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/engine/embedder.h"

namespace osler::test {

/// Hands out what it was given, in order.
class ListedTexts : public EmbeddingSource {
 public:
  explicit ListedTexts(std::vector<EmbeddingRequest> requests) : requests_(std::move(requests)) {}
  [[nodiscard]] std::optional<EmbeddingRequest> next() override {
    if (next_ == requests_.size()) return std::nullopt;
    return requests_[next_++];
  }

 private:
  std::vector<EmbeddingRequest> requests_;
  std::size_t next_ = 0;
};

/// Keeps embeddings by item, up to `most`; a second one of an item fails the test.
class KeptEmbeddings : public EmbeddingSink {
 public:
  [[nodiscard]] Status accept(Embedding embedding) override {
    if (kept.size() == most) return fail(ErrorCode::io, "the disk is full");
    const std::string id = embedding.item_id;
    EXPECT_TRUE(kept.emplace(id, std::move(embedding)).second) << "embedded twice: " << id;
    return {};
  }
  std::map<std::string, Embedding> kept;
  std::size_t most = 1000;
};

}  // namespace osler::test
