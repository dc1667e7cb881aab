#include "osler/engine/openai/feed.h"

#include <algorithm>
#include <utility>

namespace osler::openai {
namespace {

bool shows(const std::vector<std::weak_ptr<const Image>>& pictures, const Request& request) {
  return std::ranges::equal(pictures, request.images,
                            [](const auto& before, const auto& now) { return before.lock() == now; });
}

}  // namespace

Feed::Feed(RequestSource& source, const ChatSettings& settings, FeedLimits limits, std::function<void()> tell,
           std::stop_token stop)
    : source_(source),
      settings_(settings),
      limits_(limits),
      tell_(std::move(tell)),
      stop_(std::move(stop)),
      uris_(settings.kind),
      worker_([this](const std::stop_token& done) { work(done); }) {}

Feed::~Feed() {
  worker_.request_stop();
  worker_.join();
}

std::unique_ptr<Job> Feed::make_job(Request request) {
  auto job = std::make_unique<Job>();
  if (request.images.empty() || !shows(pictures_, request)) ++group_;
  pictures_.assign(request.images.begin(), request.images.end());
  job->group = group_;
  auto body = make_chat_body(request, settings_, uris_);
  if (body) {
    job->body = std::move(*body);
  } else {
    job->problem = body.error().message();
  }
  // A second turn shows them again.
  if (request.follow_up.empty()) request.images.clear();
  job->request = std::move(request);
  return job;
}

void Feed::work(const std::stop_token& done) {
  while (!done.stop_requested() && !stop_.stop_requested()) {
    auto request = source_.next();
    if (!request) break;
    auto job = make_job(std::move(*request));
    {
      const std::lock_guard lock(mutex_);
      bytes_ += job->body.text.size();
      made_.push_back(std::move(job));
      encoded_anew_ = uris_.encoded_anew();
    }
    tell_();
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, done, [this] { return made_.size() < limits_.jobs && bytes_ < limits_.bytes; });
  }
  {
    const std::lock_guard lock(mutex_);
    exhausted_ = true;
  }
  tell_();
}

std::unique_ptr<Job> Feed::take() {
  const std::lock_guard lock(mutex_);
  if (made_.empty()) return nullptr;
  auto job = std::move(made_.front());
  made_.pop_front();
  bytes_ -= job->body.text.size();
  has_room_.notify_all();
  return job;
}

bool Feed::is_done() const {
  const std::lock_guard lock(mutex_);
  return exhausted_ && made_.empty();
}

std::uint64_t Feed::encoded_anew() const {
  const std::lock_guard lock(mutex_);
  return encoded_anew_;
}

}  // namespace osler::openai
