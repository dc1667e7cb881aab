#include "engine/openai/llama_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace osler::test {
namespace {

namespace fs = std::filesystem;

/// The child's side of a fork: only calls that are safe there.
[[noreturn]] void become(const std::vector<char*>& arguments, const fs::path& log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  const int log_file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int null_file = ::open("/dev/null", O_RDONLY);
  ::dup2(null_file, STDIN_FILENO);
  ::dup2(log_file, STDOUT_FILENO);
  ::dup2(log_file, STDERR_FILENO);
  ::execv(arguments.front(), arguments.data());
  ::_exit(127);
}

}  // namespace

LlamaServer::LlamaServer(LlamaServerOptions options) : options_(std::move(options)) {
  // Tests run side by side: threads that spin while they wait would take the cores from each other.
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  start();
}

void LlamaServer::kill() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void LlamaServer::restart() {
  kill();
  start();
}

std::string LlamaServer::base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

std::string LlamaServer::log() const {
  std::ostringstream text;
  text << std::ifstream(folder_.path() / "log", std::ios::binary).rdbuf();
  return text.str();
}

void LlamaServer::start() {
  std::vector<std::string> arguments{OSLER_LLAMA_SERVER_PROGRAM, "--host", "127.0.0.1", "--threads", "1"};
  arguments.insert(arguments.end(), {"--port", std::to_string(port_)});
  arguments.insert(arguments.end(), {"--model", options_.model.string(), "--mmproj", options_.projector.string()});
  arguments.insert(arguments.end(), options_.more.begin(), options_.more.end());
  std::vector<char*> pointers;
  for (auto& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const fs::path log = folder_.path() / "log";
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("cannot fork");
  if (process_ == 0) become(pointers, log, parent);
  wait_until_ready();
}

void LlamaServer::wait_until_ready() {
  constexpr auto kLongestStart = std::chrono::minutes(2);
  const std::string ready = "listening on http://127.0.0.1:";
  const auto give_up = std::chrono::steady_clock::now() + kLongestStart;
  while (std::chrono::steady_clock::now() < give_up) {
    const std::string text = log();
    const auto found = text.find(ready);
    if (found != std::string::npos && text.find('\n', found) != std::string::npos) {
      port_ = static_cast<std::uint16_t>(std::stoul(text.substr(found + ready.size())));
      return;
    }
    if (::waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill();
  constexpr std::size_t kShown = 2000;
  const std::string text = log();
  throw std::runtime_error("llama-server does not come up; it wrote: " +
                           text.substr(text.size() - std::min(kShown, text.size())));
}

}  // namespace osler::test
