#include "osler/engine/llama/prepared_requests.h"

#include <utility>

namespace osler {
namespace {

Result<PreparedPrompt> prepare(const Request& request, PromptPreparer& preparer) {
  auto prompt = preparer.prepare(request);
  if (!prompt) return prompt;
  for (const auto& chunk : prompt->chunks) {
    if (!chunk->is_image()) continue;
    if (auto status = chunk->input->prepare(); !status) return pass(status);
  }
  return prompt;
}

/// Pixels in the encoder's form take four times the room of a picture.
constexpr std::uint64_t kPreparedBytes = std::uint64_t{16} << 20;

std::uint64_t prepared_bytes(const PreparedRequest& request) {
  std::uint64_t bytes = 0;
  if (!request.prompt) return bytes;
  for (const auto& chunk : request.prompt->chunks) {
    if (chunk->is_image() && chunk->part == 0) bytes += chunk->input->prepared_bytes();
  }
  return bytes;
}

}  // namespace

PreparedRequests::PreparedRequests(RequestSource& source, PromptPreparer& preparer, std::size_t ahead,
                                   std::stop_token stop)
    : source_(source),
      preparer_(preparer),
      ahead_(ahead),
      stop_(std::move(stop)),
      worker_([this](const std::stop_token& done) { work(done); }) {}

PreparedRequests::~PreparedRequests() {
  worker_.request_stop();
  worker_.join();
}

void PreparedRequests::work(const std::stop_token& done) {
  while (!done.stop_requested() && !stop_.stop_requested()) {
    auto request = source_.next();
    if (!request) break;
    auto prompt = prepare(*request, preparer_);
    std::unique_lock lock(mutex_);
    ready_.push_back({std::move(*request), std::move(prompt)});
    changed_.notify_all();
    changed_.wait(lock, done, [this] { return has_room_locked() || stop_.stop_requested(); });
  }
  const std::lock_guard lock(mutex_);
  exhausted_ = true;
  changed_.notify_all();
}

bool PreparedRequests::has_room_locked() const {
  if (ready_.empty()) return true;
  std::uint64_t bytes = 0;
  for (const auto& request : ready_) bytes += prepared_bytes(request);
  return ready_.size() < ahead_ && bytes < kPreparedBytes;
}

std::optional<PreparedRequest> PreparedRequests::pop_locked() {
  if (ready_.empty()) return std::nullopt;
  auto first = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return first;
}

std::optional<PreparedRequest> PreparedRequests::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop_, [this] { return !ready_.empty() || exhausted_; });
  if (stop_.stop_requested()) return std::nullopt;
  return pop_locked();
}

std::optional<PreparedRequest> PreparedRequests::take_ready() {
  const std::lock_guard lock(mutex_);
  return pop_locked();
}

}  // namespace osler
