#pragma once

#include <sys/types.h>

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/worker/placement.h"
#include "osler/storage/descriptor.h"

namespace osler {

/// The number under which a worker finds its end of the socket.
inline constexpr int kWorkerSocket = 3;

/// How a worker is started.
struct Launch {
  std::vector<std::string> command;  ///< The program and its first arguments; this process's id follows them.
  Placement placement;
  bool forward_errors = false;  ///< What it writes to standard error goes to this process's as well.
};

/// A child process at the other end of a socket. It has a session of its own, so that Ctrl-C in the terminal is not for
/// it, no standard input or output, and its standard error is kept. It does not outlive this object.
class ChildProcess {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> start(const Launch& launch);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] int socket() const { return socket_.get(); }
  [[nodiscard]] pid_t id() const { return id_; }

  void kill();
  /// Ends it and says in a sentence how it came to its end: what it said last, or the signal. One whose end of the
  /// socket is closed has come to it already, and killing changes nothing.
  [[nodiscard]] std::string end();

 private:
  struct Ends;
  ChildProcess() = default;
  void watch(const Launch& launch, Ends ends, std::promise<int> started);
  void keep_errors(int pipe, bool forward);
  void reap();

  Descriptor socket_;
  pid_t id_ = -1;
  std::mutex mutex_;         ///< Guards what follows.
  bool reaped_ = false;      ///< Its id may now be another process's.
  int raw_status_ = 0;       ///< As waitpid gives it.
  std::string last_errors_;  ///< The end of its standard error.
  /// Starts the process, reads its errors, reaps it. The kernel ends a worker with the thread that started it (see
  /// bind_to_parent), so that thread must last as long.
  std::thread watcher_;
};

/// How a process ended, by the status that waitpid gave and the last that it wrote to standard error.
[[nodiscard]] std::string ending_text(int raw_status, const std::string& last_errors);

}  // namespace osler
