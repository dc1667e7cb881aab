#include "osler/engine/cache/caching_embedder.h"

#include <mutex>
#include <unordered_map>
#include <utility>

#include "osler/engine/cache/request_key.h"

namespace osler {
namespace {

/// Stands between whoever asks and the embedder, as the caching engine's does.
class Between : public EmbeddingSource, public EmbeddingSink {
 public:
  Between(EmbeddingSource& source, EmbeddingSink& sink, EmbeddingStore& store, const std::string& fingerprint,
          bool sees_images, const std::stop_token& stop)
      : source_(source),
        sink_(sink),
        store_(store),
        fingerprint_(fingerprint),
        sees_images_(sees_images),
        stop_(stop) {}

  [[nodiscard]] std::optional<EmbeddingRequest> next() override {
    while (status() && !stop_.stop_requested()) {
      auto request = source_.next();
      if (!request) return std::nullopt;
      std::string key = embedding_key(fingerprint_, *request, sees_images_, pictures_);
      auto found = store_.find(key);
      const std::lock_guard lock(mutex_);
      if (!found) {
        asked_.insert_or_assign(request->item_id, std::move(key));
        return request;
      }
      if (status_) status_ = sink_.accept({std::move(request->item_id), std::move(*found), {}, true});
    }
    return std::nullopt;
  }

  [[nodiscard]] Status accept(Embedding embedding) override {
    const std::lock_guard lock(mutex_);
    if (!status_) return status_;
    if (const auto asked = asked_.find(embedding.item_id); asked != asked_.end()) {
      if (embedding.error.empty()) store_.put(std::move(asked->second), embedding.vector);
      asked_.erase(asked);
    }
    return sink_.accept(std::move(embedding));
  }

  /// The failure that ended the requests before their time, if one did.
  [[nodiscard]] Status status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  EmbeddingSource& source_;
  EmbeddingSink& sink_;
  EmbeddingStore& store_;
  const std::string& fingerprint_;
  bool sees_images_;
  const std::stop_token& stop_;
  PictureHashes pictures_;
  /// Guards the sink and what follows: requests may be pulled on another thread than that of the embeddings.
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> asked_;  ///< Keys by item.
  Status status_;
};

}  // namespace

CachingEmbedder::CachingEmbedder(std::unique_ptr<Embedder> embedder, std::unique_ptr<EmbeddingStore> store)
    : embedder_(std::move(embedder)), store_(std::move(store)), fingerprint_(engine_fingerprint(embedder_->facts())) {}

Status CachingEmbedder::embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token stop) {
  Between between(source, sink, *store_, fingerprint_, sees_images(), stop);
  auto status = embedder_->embed(between, between, stop);
  store_->flush();
  // The embedder takes requests that end before their time for all there were.
  if (auto handed = between.status(); !handed) return handed;
  if (status && stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
  return status;
}

}  // namespace osler
