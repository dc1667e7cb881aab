#include "osler/engine/worker/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "osler/core/machine.h"
#include "osler/engine/worker/placement.h"

namespace osler {
namespace {

constexpr std::chrono::milliseconds kGlance{100};

/// How the workers share the machine, for the manifest.
std::string places_text(const std::vector<WorkerLink>& workers) {
  std::string text;
  for (const auto& worker : workers) {
    const Placement& place = worker.placement();
    if (place.cpus.empty() && place.gpu.empty()) continue;
    if (!text.empty()) text += "; ";
    text += "CPUs " + ranges_text(place.cpus);
    if (!place.gpu.empty()) text += ", GPU " + place.gpu;
  }
  return text;
}

/// The bytes that an engine said its context may take; 0 if it said nothing.
std::uint64_t budget_in(const EngineFacts& facts) {
  std::uint64_t bytes = 0;
  const auto found = facts.details.find("kv_budget");
  if (found == facts.details.end()) return 0;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

}  // namespace

WorkerPool::WorkerPool(WorkerOptions options) : options_(std::move(options)) {
  const auto gpus = options_.on_gpus ? visible_gpus() : std::vector<std::string>();
  options_.llama.memory_shares = workers_per_memory(options_.workers, gpus.size());
  const auto count = static_cast<std::size_t>(std::max(1, options_.workers));
  for (auto& place : place_workers(count, usable_cpu_numbers(), gpus)) workers_.emplace_back(std::move(place));
}

Status WorkerPool::start(WorkerLink& worker) {
  Launch launch;
  launch.command = options_.command;
  launch.forward_errors = options_.verbose;
  const bool restart = starts_++ >= workers_.size();
  messages::Open open{options_.llama, options_.verbose, restart};
  const auto budget = budgets_.find(worker.placement().gpu);
  if (budget != budgets_.end()) open.options.kv_budget = budget->second;
  return worker.start(std::move(launch), open);
}

Status WorkerPool::load(const std::function<bool(float)>& progress) {
  for (auto& worker : workers_) {
    if (auto status = start(worker); !status) return status;
    if (&worker != &workers_.front()) continue;
    if (auto status = wait_until_ready(progress); !status) return status;
  }
  if (auto status = wait_until_ready(progress); !status) return status;
  facts_->details["workers"] = std::to_string(workers_.size());
  if (auto places = places_text(workers_); !places.empty()) facts_->details["worker_places"] = std::move(places);
  return {};
}

Status WorkerPool::wait_until_ready(const std::function<bool(float)>& progress) {
  const auto loads = [](const WorkerLink& worker) { return worker.alive() && !worker.ready(); };
  auto listened = WorkerLink::Clock::now();
  while (std::any_of(workers_.begin(), workers_.end(), loads)) {
    float least = 1.0F;
    for (auto& worker : workers_) {
      if (!loads(worker)) continue;
      if (auto status = listen_while_loading(worker); !status) return status;
      if (worker.silence() >= options_.stall_timeout) return stuck_loading();
      least = std::min(least, worker.loaded);
    }
    if (progress && !progress(least)) {
      return fail(ErrorCode::interrupted, "stopped while loading", {options_.llama.model.string()},
                  "start the same command again");
    }
    // Such as a pause that Ctrl-Z made: nobody was listening.
    for (auto& worker : workers_) worker.forgive(WorkerLink::Clock::now() - listened);
    if (std::any_of(workers_.begin(), workers_.end(), loads)) wait(kGlance);
    listened = WorkerLink::Clock::now();
  }
  return {};
}

Status WorkerPool::listen_while_loading(WorkerLink& worker) {
  while (!worker.ready()) {
    std::vector<Order> none;
    const auto message = worker.receive();
    if (!message && message.error().code == ErrorCode::io) return ended_loading(worker.end(none));
    if (!message) return ended_loading(message.error().what);
    if (!*message) return {};
    if (auto status = hear_loading(worker, **message); !status) return status;
  }
  return {};
}

Status WorkerPool::hear_loading(WorkerLink& worker, const messages::Message& message) {
  if (const auto* loading = std::get_if<messages::Loading>(&message)) {
    worker.loaded = loading->fraction;
    return {};
  }
  if (const auto* failed = std::get_if<messages::Failed>(&message)) return tl::unexpected<Error>(failed->error);
  const auto* ready = std::get_if<messages::Ready>(&message);
  if (ready == nullptr || !worker.became_ready()) return ended_loading("it says what makes no sense while it loads");
  if (const auto bytes = budget_in(ready->facts); bytes > 0) budgets_.try_emplace(worker.placement().gpu, bytes);
  if (facts_) return compare(ready->facts);
  facts_ = ready->facts;
  return {};
}

Status WorkerPool::compare(const EngineFacts& facts) const {
  for (const auto& [name, value] : facts_->identity) {
    const auto other = facts.identity.find(name);
    if (other != facts.identity.end() && other->second == value) continue;
    return fail(ErrorCode::mismatch,
                fmt::format("another worker has loaded something else: its {} is '{}', not '{}'", name,
                            other == facts.identity.end() ? "" : other->second, value),
                {options_.llama.model.string()}, "leave model files alone while they are used, and start again");
  }
  return {};
}

Status WorkerPool::ended_loading(const std::string& reason) const {
  return fail(ErrorCode::engine, fmt::format("the process that was loading it did not survive; {}", reason),
              {options_.llama.model.string()}, "check the file (it may be cut), or make room in memory");
}

Status WorkerPool::stuck_loading() const {
  return fail(ErrorCode::engine, "the process that was loading it is stuck: " + silence_text(options_.stall_timeout),
              {options_.llama.model.string()}, "look after the disk and the GPU, or give it more time");
}

void WorkerPool::wait(std::chrono::milliseconds longest) {
  std::vector<pollfd> sockets;
  for (auto& worker : workers_) {
    if (!worker.alive()) continue;
    // A worker that takes no more because it is gone is noticed when it is listened to.
    std::ignore = worker.flush();
    const auto events = static_cast<short>(POLLIN | (worker.has_to_send() ? POLLOUT : 0));
    sockets.push_back({worker.socket(), events, 0});
  }
  ::poll(sockets.data(), sockets.size(), static_cast<int>(longest.count()));
}

void WorkerPool::end_all() {
  std::vector<Order> dropped;
  for (auto& worker : workers_) worker.end(dropped);
}

}  // namespace osler
