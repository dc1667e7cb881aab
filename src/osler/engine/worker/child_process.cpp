#include "osler/engine/worker/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <string_view>

#include "osler/core/utf8.h"

namespace osler {

/// The child's ends of socket and pipe, and our end of the pipe.
struct ChildProcess::Ends {
  Descriptor child_socket;
  Descriptor child_errors;
  Descriptor errors;
};

namespace {

constexpr std::size_t kErrorsKept = 8192;

void stay_on(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  // Refused when the machine has changed meanwhile; the worker then runs where this process may.
  std::ignore = sched_setaffinity(0, sizeof(set), &set);
}

std::vector<std::string> environment_for(const Placement& placement) {
  constexpr std::string_view kGpus = "CUDA_VISIBLE_DEVICES=";
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    if (placement.gpu.empty() || !std::string_view(*one).starts_with(kGpus)) variables.emplace_back(*one);
  }
  if (!placement.gpu.empty()) variables.push_back(std::string(kGpus) + placement.gpu);
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// RAII for the two C structures of posix_spawn.
class SpawnSettings {
 public:
  SpawnSettings(int socket, int errors) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    // In this order: either end may lie where the socket is to be.
    posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&files_, socket, kWorkerSocket);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes_, &set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&set, signal);
    posix_spawnattr_setsigdefault(&attributes_, &set);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  [[nodiscard]] const posix_spawn_file_actions_t* files() const { return &files_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

/// The line that says most: an assertion or an exception before what follows from it, else the last.
std::string telling_line(const std::string& errors) {
  constexpr std::array<std::string_view, 5> kMarks = {"GGML_ASSERT", "CUDA error",
                                                      "what():", "ERROR: ", "runtime error:"};
  std::istringstream lines(errors);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    const auto marks = [&line](std::string_view mark) { return line.find(mark) != std::string::npos; };
    if (std::any_of(kMarks.begin(), kMarks.end(), marks)) return line;
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  }
  return last;
}

}  // namespace

std::string ending_text(int raw_status, const std::string& last_errors) {
  std::string text;
  if (WIFSIGNALED(raw_status)) {
    const int signal = WTERMSIG(raw_status);
    text = fmt::format("it was ended by signal {} ({})", signal, strsignal(signal));
    if (signal == SIGKILL) text += ", perhaps because memory ran out";
  } else {
    text = fmt::format("it ended with status {}", WEXITSTATUS(raw_status));
  }
  const std::string line = printable_line(telling_line(last_errors));
  constexpr std::size_t kEnough = 300;
  if (!line.empty()) text += ": " + line.substr(0, kEnough);
  return text;
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const Launch& launch) {
  std::array<int, 2> sockets{};
  std::array<int, 2> pipe{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return fail(ErrorCode::io, fmt::format("cannot make a socket for a worker: {}", std::strerror(errno)), {},
                "raise the limit of open files (ulimit -n)");
  }
  std::unique_ptr<ChildProcess> self(new ChildProcess);
  self->socket_ = Descriptor(sockets[0]);
  Ends ends;
  ends.child_socket = Descriptor(sockets[1]);
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::io, fmt::format("cannot make a pipe for a worker: {}", std::strerror(errno)), {},
                "raise the limit of open files (ulimit -n)");
  }
  ends.errors = Descriptor(pipe[0]);
  ends.child_errors = Descriptor(pipe[1]);
  std::promise<int> promise;
  auto started = promise.get_future();
  self->watcher_ =
      std::thread([child = self.get(), launch, ends = std::move(ends), promise = std::move(promise)]() mutable {
        child->watch(launch, std::move(ends), std::move(promise));
      });
  if (const int problem = started.get(); problem != 0) {
    return fail(ErrorCode::io, fmt::format("cannot start a worker process: {}", std::strerror(problem)), {},
                "raise the limit of processes (ulimit -u), or answer without workers (--in-process)");
  }
  return self;
}

ChildProcess::~ChildProcess() {
  kill();
  if (watcher_.joinable()) watcher_.join();
}

void ChildProcess::watch(const Launch& launch, Ends ends, std::promise<int> started) {
  stay_on(launch.placement.cpus);
  auto command = launch.command;
  command.push_back(std::to_string(getpid()));
  auto variables = environment_for(launch.placement);
  const SpawnSettings settings(ends.child_socket.get(), ends.child_errors.get());
  const int problem = posix_spawn(&id_, command.front().c_str(), settings.files(), settings.attributes(),
                                  pointers_to(command).data(), pointers_to(variables).data());
  // Closed here, or neither would ever come to an end.
  ends.child_socket = Descriptor();
  ends.child_errors = Descriptor();
  if (problem != 0) reaped_ = true;
  started.set_value(problem);
  if (problem != 0) return;
  keep_errors(ends.errors.get(), launch.forward_errors);
  reap();
}

void ChildProcess::keep_errors(int pipe, bool forward) {
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    if (forward) std::ignore = write_all(STDERR_FILENO, text);
    const std::lock_guard lock(mutex_);
    last_errors_ += text;
    if (last_errors_.size() > 2 * kErrorsKept) last_errors_.erase(0, last_errors_.size() - kErrorsKept);
  }
}

void ChildProcess::reap() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  ::waitpid(id_, &raw_status_, 0);
  reaped_ = true;
}

void ChildProcess::kill() {
  const std::lock_guard lock(mutex_);
  if (!reaped_ && id_ > 0) ::kill(id_, SIGKILL);
}

std::string ChildProcess::end() {
  kill();
  if (watcher_.joinable()) watcher_.join();
  const std::lock_guard lock(mutex_);
  return ending_text(raw_status_, last_errors_);
}

}  // namespace osler
