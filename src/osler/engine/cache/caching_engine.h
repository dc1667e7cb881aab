#pragma once

#include <functional>
#include <memory>

#include "osler/engine/cache/response_store.h"
#include "osler/engine/engine.h"

namespace osler {

/// Answers what it has answered before from a store, and asks another engine the rest; that engine's facts are its own.
/// What comes from the store is marked (Response::cached). Neither looked for nor kept: errors, answers that ended
/// where the context did (whose size depends on the machine), and requests that are to be answered exactly.
class CachingEngine : public Engine {
 public:
  CachingEngine(std::unique_ptr<Engine> engine, std::unique_ptr<ResponseStore> store);

  [[nodiscard]] const EngineFacts& facts() const override { return engine_->facts(); }
  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override;
  [[nodiscard]] bool wants_original_images() const override { return engine_->wants_original_images(); }
  [[nodiscard]] bool wants_image_order() const override { return engine_->wants_image_order(); }
  [[nodiscard]] bool scores_texts() const override { return engine_->scores_texts(); }
  void on_activity(const std::function<void()>& tell) override;

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ResponseStore> store_;
  std::string fingerprint_;
  std::function<void()> tell_;
};

}  // namespace osler
