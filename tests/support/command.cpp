#include "support/command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace osler::test {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

/// The child's side of a fork: only calls that are safe between fork and exec, plus setenv before any thread starts.
[[noreturn]] void become(const std::vector<std::string>& arguments, const CommandOptions& options, const fs::path& out,
                         const fs::path& err) {
  const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int null_file = ::open("/dev/null", O_RDONLY);
  ::dup2(null_file, STDIN_FILENO);
  ::dup2(out_file, STDOUT_FILENO);
  ::dup2(err_file, STDERR_FILENO);
  // Tests run side by side: threads that spin while they wait would take the cores from each other.
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  // What this machine's user has asked before must not answer for the model, nor is anything left in his home.
  ::setenv("XDG_CACHE_HOME", (out.parent_path() / "caches").c_str(), 1);
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
  std::vector<char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execvp(pointers.front(), pointers.data());
  ::_exit(127);
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& arguments, const CommandOptions& options) {
  const TemporaryFolder streams;
  const fs::path out = streams.path() / "out";
  const fs::path err = streams.path() / "err";
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) become(arguments, options, out, err);
  if (options.interrupt_after_ms >= 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options.interrupt_after_ms));
    ::kill(child, SIGINT);
  }
  int raw = 0;
  ::waitpid(child, &raw, 0);
  CommandResult result;
  result.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  result.out = content_of(out);
  result.err = content_of(err);
  return result;
}

std::string unwrapped(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

fs::path real_data_folder() {
  if (const char* named = std::getenv("OSLER_TEST_DATA"); named != nullptr && *named != '\0') return named;
  const fs::path beside = fs::path(OSLER_SOURCE_DIR) / ".." / "shared" / "data";
  std::error_code problem;
  return fs::exists(beside, problem) ? fs::canonical(beside) : fs::path();
}

}  // namespace osler::test
