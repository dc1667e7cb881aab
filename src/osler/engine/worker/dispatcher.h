#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <stop_token>
#include <string>

#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/worker/worker_pool.h"

namespace osler {

/// Lets the workers of a pool answer what a source has. One object for one call of Engine::answer().
class Dispatcher {
 public:
  Dispatcher(WorkerPool& pool, RequestSource& source, ResponseSink& sink, std::stop_token stop);

  /// As Engine::answer(). After a failure the workers may have work in hand and must be ended.
  [[nodiscard]] Status run();

 private:
  /// Starts the processes of those that have died, as long as there is work for them.
  [[nodiscard]] Status revive();
  /// Gives every worker that has room what comes next.
  void fill();
  void give_alone(WorkerLink& worker);
  [[nodiscard]] std::optional<Order> next_order();
  /// Who is to answer: the worker that shows these pictures already, else the one with the least to do.
  [[nodiscard]] WorkerLink* choose(const Request& request);
  [[nodiscard]] bool has_room(const WorkerLink& worker) const;
  [[nodiscard]] bool nothing_to_give() const { return exhausted_ && waiting_.empty(); }
  [[nodiscard]] bool all_idle() const;

  /// Takes every message that is there.
  [[nodiscard]] Status listen();
  [[nodiscard]] Status listen_to(WorkerLink& worker);
  [[nodiscard]] Status hear(WorkerLink& worker, messages::Message message, std::string& nonsense);
  [[nodiscard]] Status replace_stuck();
  /// A worker has ended, or is ended because of `complaint`: what it had in hand is asked again or given up.
  [[nodiscard]] Status bury(WorkerLink& worker, const std::string& complaint);
  [[nodiscard]] Status give_up(const Order& order, const std::string& reason);
  [[nodiscard]] Status wind_down();
  /// Takes what a worker that was told to stop has said until now.
  [[nodiscard]] Status hear_out(WorkerLink& worker);

  WorkerPool& pool_;
  RequestSource& source_;
  ResponseSink& sink_;
  std::stop_token stop_;
  std::size_t ahead_;           ///< Requests that wait in a worker's hands for its engine.
  std::deque<Order> waiting_;   ///< To be asked before the source's next.
  std::deque<Order> suspects_;  ///< Were begun when a worker ended: to be asked alone.
  bool exhausted_ = false;      ///< The source has no more.
  std::size_t given_up_ = 0;    ///< Items that were given up since the last response.
  /// Workers that ended with nothing begun (or while loading again) since the last response.
  std::size_t idle_deaths_ = 0;
};

}  // namespace osler
