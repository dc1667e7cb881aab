#include "osler/engine/worker/inbox.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace osler {

Inbox::Inbox(FrameReader reader) : reader_(std::move(reader)), receiver_([this] { receive(); }) { receiver_.detach(); }

void Inbox::receive() {
  while (true) {
    auto frame = reader_.read(FrameReader::Wait::yes);
    // At once: the engine may be in the middle of something that takes minutes.
    if (!frame) ::_exit(EXIT_SUCCESS);
    auto message = messages::decode(**frame);
    if (!message || !take(std::move(*message))) ::_exit(EXIT_FAILURE);
  }
}

bool Inbox::take(messages::Message message) {
  if (auto* sent = std::get_if<messages::ImageSent>(&message)) {
    return images_.try_emplace(sent->number, std::move(sent->image)).second;
  }
  if (const auto* forget = std::get_if<messages::ForgetImage>(&message)) return images_.erase(forget->number) == 1;
  if (std::holds_alternative<messages::Stop>(message)) {
    stop_.request_stop();
    return true;
  }
  std::optional<Order> order;
  if (std::holds_alternative<messages::NoMore>(message)) order = messages::NoMore{};
  if (auto* asked = std::get_if<messages::Asked>(&message); asked != nullptr && attach_images(*asked)) {
    order = std::move(*asked);
  }
  if (!order) return false;
  const std::lock_guard lock(mutex_);
  orders_.push_back(std::move(*order));
  arrived_.notify_all();
  return true;
}

bool Inbox::attach_images(messages::Asked& asked) const {
  for (const auto number : asked.images) {
    const auto image = images_.find(number);
    if (image == images_.end()) return false;
    asked.request.images.push_back(image->second);
  }
  return true;
}

std::optional<messages::Asked> Inbox::next_request() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, stop_.get_token(), [this] { return !orders_.empty(); });
  if (stop_.stop_requested()) return std::nullopt;
  Order order = std::move(orders_.front());
  orders_.pop_front();
  if (auto* asked = std::get_if<messages::Asked>(&order)) return std::move(*asked);
  return std::nullopt;
}

void Inbox::wait_for_end() {
  while (true) ::pause();
}

}  // namespace osler
