#include "osler/engine/worker/outbox.h"

#include <fmt/format.h>

#include <utility>

namespace osler {

bool Outbox::send(const messages::Message& message) {
  last_said_ = Clock::now();
  writer_.put(encode(message));
  return writer_.write(FrameReader::Wait::yes).has_value();
}

bool Outbox::say(const messages::Message& message) {
  const std::lock_guard lock(mutex_);
  return send(message);
}

bool Outbox::loading(float fraction) {
  constexpr std::chrono::milliseconds kPause{50};
  const std::lock_guard lock(mutex_);
  return Clock::now() - last_said_ < kPause || send(messages::Loading{fraction});
}

void Outbox::tick() {
  constexpr std::chrono::seconds kPause{1};
  const std::lock_guard lock(mutex_);
  if (Clock::now() - last_said_ >= kPause) send(messages::Tick{});
}

void Outbox::began(const std::string& item_id, std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  tickets_.emplace(item_id, ticket);
  send(messages::Began{ticket});
}

Status Outbox::answered(Response response) {
  const std::lock_guard lock(mutex_);
  const auto ticket = tickets_.find(response.item_id);
  if (ticket == tickets_.end()) {
    return fail(ErrorCode::engine, fmt::format("the engine answered '{}', which was not asked", response.item_id));
  }
  const std::uint64_t number = ticket->second;
  tickets_.erase(ticket);
  if (send(messages::Answered{number, std::move(response)})) return {};
  return fail(ErrorCode::io, "the process that asked is gone");
}

}  // namespace osler
