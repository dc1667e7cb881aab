#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/worker/worker_engine.h"
#include "osler/engine/worker/worker_link.h"

namespace osler {

/// The workers of an engine, from their start to their end.
class WorkerPool {
 public:
  explicit WorkerPool(WorkerOptions options);

  /// Starts all and waits until they are ready: the first alone, because it may have to hash the model.
  [[nodiscard]] Status load(const std::function<bool(float)>& progress);
  /// Starts a worker's process.
  [[nodiscard]] Status start(WorkerLink& worker);
  /// What a worker says before it is ready. Fails when it could not load, or has loaded something else than the others.
  [[nodiscard]] Status hear_loading(WorkerLink& worker, const messages::Message& message);
  /// A worker ended while it was loading.
  [[nodiscard]] Status ended_loading(const std::string& reason) const;

  /// Sends what is to be sent and waits until a worker has said something, a socket takes more, or the time is over.
  void wait(std::chrono::milliseconds longest);
  /// Ends all processes; what they had in hand is dropped.
  void end_all();

  [[nodiscard]] std::vector<WorkerLink>& workers() { return workers_; }
  [[nodiscard]] const EngineFacts& facts() const { return *facts_; }
  [[nodiscard]] const WorkerOptions& options() const { return options_; }

 private:
  /// Until every worker that was started is ready.
  [[nodiscard]] Status wait_until_ready(const std::function<bool(float)>& progress);
  [[nodiscard]] Status listen_while_loading(WorkerLink& worker);
  [[nodiscard]] Status stuck_loading() const;
  [[nodiscard]] Status compare(const EngineFacts& facts) const;

  WorkerOptions options_;
  std::vector<WorkerLink> workers_;
  std::optional<EngineFacts> facts_;  ///< Of the first that was ready.
  /// By GPU, or for all: what the first on it found for its context. Others, and those that come in their place, have
  /// as much: whether a prompt fits must not depend on who answers it.
  std::map<std::string, std::uint64_t> budgets_;
  std::size_t starts_ = 0;
};

}  // namespace osler
