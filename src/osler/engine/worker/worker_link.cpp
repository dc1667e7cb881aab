#include "osler/engine/worker/worker_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace osler {
namespace {

/// Pictures that stay with a worker in case they come back: neighbours in a benchmark show the same ones.
constexpr std::uint64_t kImagesKept = std::uint64_t{16} << 20;

}  // namespace

Status WorkerLink::start(Launch launch, const messages::Open& open) {
  launch.placement = placement_;
  auto process = ChildProcess::start(launch);
  if (!process) return pass(process);
  process_ = std::move(*process);
  reader_.emplace(process_->socket(), kMaxReplyBytes);
  writer_.emplace(process_->socket());
  images_.emplace(kImagesKept);
  writer_->put(encode(open));
  last_sign_ = Clock::now();
  // A worker that is gone already is noticed when it is listened to.
  std::ignore = flush();
  return {};
}

std::string WorkerLink::end(std::vector<Order>& left) {
  std::string reason;
  if (process_ != nullptr) reason = process_->end();
  process_.reset();
  for (auto& [ticket, held] : in_hand_) left.push_back(std::move(held.order));
  in_hand_.clear();
  last_images_.clear();
  begun_ = 0;
  rounds_ = 0;
  open_round_ = false;
  ready_ = false;
  alone = false;
  stopping = false;
  loaded = 0.0F;
  return reason;
}

void WorkerLink::ask(Order order) {
  if (in_hand_.empty()) last_sign_ = Clock::now();
  std::vector<messages::Message> news;
  const std::uint64_t ticket = next_ticket_++;
  messages::Asked asked{ticket, {}, images_->use(order.request.images, news), order.deaths > 0};
  last_images_ = order.request.images;
  // The pictures are not for the message; without them the request is small.
  auto pictures = std::exchange(order.request.images, {});
  asked.request = order.request;
  order.request.images = std::move(pictures);
  order.begun = false;
  in_hand_.emplace(ticket, InHand{std::move(order), asked.images});
  for (const auto& message : news) writer_->put(encode(message));
  writer_->put(encode(asked));
  open_round_ = true;
}

void WorkerLink::no_more() {
  if (!open_round_) return;
  open_round_ = false;
  ++rounds_;
  writer_->put(encode(messages::NoMore{}));
}

void WorkerLink::stop() {
  stopping = true;
  writer_->put(encode(messages::Stop{}));
}

Result<std::optional<messages::Message>> WorkerLink::receive() {
  auto frame = reader_->read(FrameReader::Wait::no);
  if (!frame) return pass(frame);
  if (!*frame) return std::optional<messages::Message>();
  last_sign_ = Clock::now();
  auto message = messages::decode(**frame);
  if (!message) return pass(message);
  return std::optional(std::move(*message));
}

bool WorkerLink::became_ready() { return !std::exchange(ready_, true); }

bool WorkerLink::began(std::uint64_t ticket) {
  const auto held = in_hand_.find(ticket);
  if (held == in_hand_.end() || held->second.order.begun) return false;
  held->second.order.begun = true;
  ++begun_;
  return true;
}

bool WorkerLink::answered(const messages::Answered& message) {
  const auto held = in_hand_.find(message.ticket);
  if (held == in_hand_.end() || !held->second.order.begun) return false;
  if (held->second.order.request.item_id != message.response.item_id) return false;
  images_->release(held->second.images);
  --begun_;
  in_hand_.erase(held);
  return true;
}

bool WorkerLink::finished() {
  if (rounds_ == 0) return stopping;
  --rounds_;
  if (rounds_ == 0 && !open_round_) alone = false;
  return true;
}

bool WorkerLink::shows(const std::vector<std::shared_ptr<const Image>>& images) const {
  const auto alike = [](const std::shared_ptr<const Image>& a, const std::shared_ptr<const Image>& b) {
    return a == b || (a->width == b->width && a->height == b->height && a->rgb == b->rgb);
  };
  return !images.empty() && std::equal(images.begin(), images.end(), last_images_.begin(), last_images_.end(), alike);
}

WorkerLink::Clock::duration WorkerLink::silence() const {
  return !alive() || idle() ? Clock::duration::zero() : Clock::now() - last_sign_;
}

std::string silence_text(std::chrono::milliseconds longest) {
  return fmt::format("it gave no sign of life for {:g} s (--stall-timeout)",
                     std::chrono::duration<double>(longest).count());
}

}  // namespace osler
