#include "osler/engine/cache/caching_engine.h"

#include <mutex>
#include <unordered_map>
#include <utility>

#include "osler/engine/cache/request_key.h"

namespace osler {
namespace {

/// Stands between whoever asks and the engine: hands on what the store has, passes the rest through, and keeps what
/// comes back.
class Between : public RequestSource, public ResponseSink {
 public:
  Between(RequestSource& source, ResponseSink& sink, ResponseStore& store, const std::string& fingerprint,
          const std::function<void()>& tell, const std::stop_token& stop)
      : source_(source), sink_(sink), store_(store), fingerprint_(fingerprint), tell_(tell), stop_(stop) {}

  [[nodiscard]] std::optional<Request> next() override {
    while (status() && !stop_.stop_requested()) {
      auto request = source_.next();
      if (!request || request->exact) return request;
      std::string key = request_key(fingerprint_, *request, pictures_);
      auto found = store_.find(key);
      if (!found) {
        expect(*request, std::move(key));
        return request;
      }
      found->item_id = std::move(request->item_id);
      found->cached = true;
      hand_on(std::move(*found));
      if (tell_) tell_();
    }
    return std::nullopt;
  }

  [[nodiscard]] Status accept(Response response) override {
    const std::lock_guard lock(mutex_);
    if (!status_) return status_;
    if (const auto asked = asked_.find(response.item_id); asked != asked_.end()) {
      if (is_whole(response, asked->second)) store_.put(std::move(asked->second.key), response);
      asked_.erase(asked);
    }
    return sink_.accept(std::move(response));
  }

  /// The failure that ended the requests before their time, if one did.
  [[nodiscard]] Status status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  struct Asked {
    std::string key;
    std::uint64_t most_tokens = 0;  ///< That the answer may have.
  };

  /// Whether another machine would have to come to the same.
  static bool is_whole(const Response& response, const Asked& asked) {
    switch (response.finish) {
      case FinishReason::stop:
        return true;
      case FinishReason::length:
        return response.completion_tokens >= asked.most_tokens;
      case FinishReason::error:
        break;
    }
    return false;
  }

  void expect(const Request& request, std::string key) {
    // Tokens are counted over both turns.
    const std::uint64_t turns = request.follow_up.empty() ? 1 : 2;
    const auto most = turns * static_cast<std::uint64_t>(request.decoding.max_new_tokens);
    const std::lock_guard lock(mutex_);
    asked_.insert_or_assign(request.item_id, Asked{std::move(key), most});
  }

  void hand_on(Response response) {
    const std::lock_guard lock(mutex_);
    if (status_) status_ = sink_.accept(std::move(response));
  }

  RequestSource& source_;
  ResponseSink& sink_;
  ResponseStore& store_;
  const std::string& fingerprint_;
  const std::function<void()>& tell_;
  const std::stop_token& stop_;
  PictureHashes pictures_;
  /// Guards the sink and what follows: requests may be pulled on another thread than that of the responses.
  std::mutex mutex_;
  std::unordered_map<std::string, Asked> asked_;
  Status status_;
};

}  // namespace

CachingEngine::CachingEngine(std::unique_ptr<Engine> engine, std::unique_ptr<ResponseStore> store)
    : engine_(std::move(engine)), store_(std::move(store)), fingerprint_(engine_fingerprint(engine_->facts())) {
  store_->belongs_to(engine_->facts());
}

Status CachingEngine::answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) {
  Between between(source, sink, *store_, fingerprint_, tell_, stop);
  auto status = engine_->answer(between, between, stop);
  // The engine takes requests that end before their time for all there were.
  if (auto handed = between.status(); !handed) return handed;
  if (status && stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
  return status;
}

void CachingEngine::on_activity(const std::function<void()>& tell) {
  tell_ = tell;
  engine_->on_activity(tell);
}

}  // namespace osler
