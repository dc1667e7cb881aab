#include "osler/engine/worker/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace osler {
namespace {

using Clock = WorkerLink::Clock;

constexpr std::chrono::milliseconds kGlance{100};
/// An image encoder cannot be interrupted, and what is in hand is asked again when the run goes on.
constexpr std::chrono::seconds kGrace{2};
/// Bytes of pictures in a worker's hands, above which it gets only what it needs next.
constexpr std::uint64_t kImageBytes = std::uint64_t{32} << 20;
/// Requests on the same pictures that may wait for one worker while another has nothing to do.
constexpr std::size_t kLongestRun = 256;
constexpr std::size_t kIdleDeaths = 3;
constexpr int kDeaths = 2;
/// So many items in a row that end their workers are not the items' fault; every one costs two loads of the model.
constexpr std::size_t kGivenUp = 10;

/// Enough for an engine that answers `parallel` at once and wants to see the next ones.
std::size_t requests_ahead(const LlamaOptions& options) {
  constexpr std::int32_t kLeast = 8;
  constexpr std::int32_t kMost = 512;
  return static_cast<std::size_t>(std::clamp(2 * std::min(options.parallel, kMost), kLeast, kMost));
}

Status left_unanswered(const WorkerLink& worker) {
  return fail(ErrorCode::engine, fmt::format("a worker left {} of its questions unanswered", worker.in_hand()));
}

}  // namespace

Dispatcher::Dispatcher(WorkerPool& pool, RequestSource& source, ResponseSink& sink, std::stop_token stop)
    : pool_(pool), source_(source), sink_(sink), stop_(std::move(stop)), ahead_(requests_ahead(pool.options().llama)) {}

Status Dispatcher::run() {
  auto listened = Clock::now();
  while (true) {
    if (stop_.stop_requested()) return wind_down();
    if (auto status = revive(); !status) return status;
    fill();
    if (nothing_to_give() && suspects_.empty() && all_idle()) return {};
    for (auto& worker : pool_.workers()) worker.forgive(Clock::now() - listened);
    pool_.wait(kGlance);
    listened = Clock::now();
    if (auto status = listen(); !status) return status;
    if (auto status = replace_stuck(); !status) return status;
  }
}

bool Dispatcher::all_idle() const {
  return std::all_of(pool_.workers().begin(), pool_.workers().end(),
                     [](const WorkerLink& worker) { return !worker.ready() || worker.idle(); });
}

Status Dispatcher::revive() {
  if (nothing_to_give() && suspects_.empty()) return {};
  for (auto& worker : pool_.workers()) {
    if (worker.alive()) continue;
    if (auto status = pool_.start(worker); !status) return status;
  }
  return {};
}

bool Dispatcher::has_room(const WorkerLink& worker) const {
  if (!worker.ready() || worker.alone) return false;
  // Whatever it holds back for company, its engine finds another request or hears that there is none.
  if (worker.waiting() == 0) return true;
  return worker.waiting() < ahead_ && worker.image_bytes() < kImageBytes;
}

void Dispatcher::give_alone(WorkerLink& worker) {
  worker.ask(std::move(suspects_.front()));
  suspects_.pop_front();
  worker.alone = true;
  worker.no_more();
}

void Dispatcher::fill() {
  auto& workers = pool_.workers();
  for (auto& worker : workers) {
    if (!suspects_.empty() && worker.idle()) give_alone(worker);
  }
  while (!stop_.stop_requested() &&
         std::any_of(workers.begin(), workers.end(), [this](const WorkerLink& one) { return has_room(one); })) {
    auto order = next_order();
    if (!order) break;
    choose(order->request)->ask(std::move(*order));
  }
  if (!nothing_to_give()) return;
  for (auto& worker : workers) {
    if (worker.ready()) worker.no_more();
  }
}

std::optional<Order> Dispatcher::next_order() {
  if (!waiting_.empty()) {
    Order order = std::move(waiting_.front());
    waiting_.pop_front();
    return order;
  }
  if (exhausted_) return std::nullopt;
  auto request = source_.next();
  if (!request) {
    exhausted_ = true;
    return std::nullopt;
  }
  Order order;
  order.request = std::move(*request);
  return order;
}

WorkerLink* Dispatcher::choose(const Request& request) {
  WorkerLink* best = nullptr;
  for (auto& worker : pool_.workers()) {
    const bool takes_run = worker.ready() && !worker.alone && worker.waiting() < kLongestRun;
    if (takes_run && worker.shows(request.images)) return &worker;
    if (has_room(worker) && (best == nullptr || worker.in_hand() < best->in_hand())) best = &worker;
  }
  return best;
}

Status Dispatcher::listen() {
  for (auto& worker : pool_.workers()) {
    if (!worker.alive()) continue;
    if (auto status = listen_to(worker); !status) return status;
  }
  return {};
}

Status Dispatcher::listen_to(WorkerLink& worker) {
  while (worker.alive()) {
    auto message = worker.receive();
    // Its end says why, where garbage does not.
    if (!message && message.error().code == ErrorCode::io) return bury(worker, {});
    if (!message) return bury(worker, "what it said makes no sense: " + message.error().what);
    if (!*message) return {};
    std::string nonsense;
    if (auto status = hear(worker, std::move(**message), nonsense); !status) return status;
    if (!nonsense.empty()) return bury(worker, "what it said makes no sense: " + nonsense);
  }
  return {};
}

Status Dispatcher::hear(WorkerLink& worker, messages::Message message, std::string& nonsense) {
  if (!worker.ready()) return pool_.hear_loading(worker, message);
  if (auto* answered = std::get_if<messages::Answered>(&message)) {
    if (!worker.answered(*answered)) {
      nonsense = "an answer to a question that it was not asked";
      return {};
    }
    idle_deaths_ = 0;
    given_up_ = 0;
    return sink_.accept(std::move(answered->response));
  }
  if (const auto* began = std::get_if<messages::Began>(&message)) {
    if (!worker.began(began->ticket)) nonsense = "it begins what it was not asked";
    return {};
  }
  if (const auto* finished = std::get_if<messages::Finished>(&message)) {
    if (finished->error) return tl::unexpected<Error>(*finished->error);
    if (!worker.finished()) nonsense = "it finishes what it was not asked";
    if (worker.owes()) return left_unanswered(worker);
    return {};
  }
  if (!std::holds_alternative<messages::Tick>(message)) nonsense = "a message of the wrong kind";
  return {};
}

Status Dispatcher::replace_stuck() {
  const auto longest = pool_.options().stall_timeout;
  for (auto& worker : pool_.workers()) {
    if (!worker.alive() || worker.silence() < longest) continue;
    if (auto status = bury(worker, silence_text(longest)); !status) return status;
  }
  return {};
}

Status Dispatcher::bury(WorkerLink& worker, const std::string& complaint) {
  std::vector<Order> left;
  const std::string ending = worker.end(left);
  const std::string& reason = complaint.empty() ? ending : complaint;
  bool any_begun = false;
  std::deque<Order> again;
  for (auto& order : left) {
    if (!order.begun) {
      again.push_back(std::move(order));
      continue;
    }
    any_begun = true;
    if (++order.deaths < kDeaths) {
      suspects_.push_back(std::move(order));
    } else if (auto status = give_up(order, reason); !status) {
      return status;
    }
  }
  waiting_.insert(waiting_.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
  if (any_begun || ++idle_deaths_ < kIdleDeaths) return {};
  return fail(ErrorCode::engine,
              fmt::format("{} workers in a row ended before they began a question; {}", idle_deaths_, reason), {},
              "start the same command again when the machine has room");
}

Status Dispatcher::give_up(const Order& order, const std::string& reason) {
  Response response;
  response.item_id = order.request.item_id;
  response.finish = FinishReason::error;
  response.error = fmt::format("the process that was answering did not survive it, twice; {}", reason);
  if (auto status = sink_.accept(std::move(response)); !status) return status;
  if (++given_up_ < kGivenUp) return {};
  return fail(ErrorCode::engine,
              fmt::format("{} items in a row ended the process that was to answer them; {}", given_up_, reason), {},
              "the model's files or this machine are to blame rather than the items; --retry-errors asks them again");
}

Status Dispatcher::wind_down() {
  auto& workers = pool_.workers();
  for (auto& worker : workers) {
    if (worker.ready()) worker.stop();
  }
  const auto until = Clock::now() + kGrace;
  const auto talks = [](const WorkerLink& worker) { return worker.ready() && worker.stopping; };
  while (Clock::now() < until && std::any_of(workers.begin(), workers.end(), talks)) {
    for (auto& worker : workers) {
      if (!talks(worker)) continue;
      if (auto status = hear_out(worker); !status) return status;
    }
    if (std::any_of(workers.begin(), workers.end(), talks)) pool_.wait(kGlance);
  }
  return fail(ErrorCode::interrupted, "stopped by the user");
}

Status Dispatcher::hear_out(WorkerLink& worker) {
  while (worker.stopping) {
    auto message = worker.receive();
    if (message && !*message) return {};
    auto* answered = message ? std::get_if<messages::Answered>(&**message) : nullptr;
    const auto* began = message ? std::get_if<messages::Began>(&**message) : nullptr;
    const auto* finished = message ? std::get_if<messages::Finished>(&**message) : nullptr;
    if (began != nullptr) std::ignore = worker.began(began->ticket);
    if (answered != nullptr && worker.answered(*answered)) {
      if (auto status = sink_.accept(std::move(answered->response)); !status) return status;
    }
    // One that is not the last is the end of what the worker was asked before, and answers may follow it.
    if (!message || (finished != nullptr && finished->last)) worker.stopping = false;
  }
  return {};
}

}  // namespace osler
