#include "run/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace osler::test {

namespace fs = std::filesystem;

RunSpec helper_spec(const HelperSettings& settings) {
  return spec_for(made_up_rows(settings.items, settings.images), settings.folder);
}

void prepare_helper_engine(const HelperSettings& settings, ScriptedEngine& engine) {
  engine.delay = std::chrono::microseconds(settings.delay_us);
  engine.reply = [bytes = settings.answer_bytes](const Request& request) {
    auto response = boxed_b(request);
    if (response.text.size() < bytes) response.text.insert(0, bytes - response.text.size(), '.');
    return response;
  };
  engine.on_asked = [path = settings.asked](const std::string& id) {
    // Handed to the kernel before the answer can be: what is killed after this has asked.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const std::string line = id + "\n";
    if (file < 0 || ::write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
    ::close(file);
  };
}

fs::path complaint_file(const HelperSettings& settings) { return settings.asked.string() + ".complaint"; }

int start_helper(const HelperSettings& settings) {
  std::vector<std::string> words = {"/proc/self/exe",
                                    "--run-helper",
                                    settings.images.string(),
                                    settings.folder.string(),
                                    settings.asked.string(),
                                    std::to_string(settings.items),
                                    std::to_string(settings.delay_us),
                                    std::to_string(settings.answer_bytes),
                                    std::to_string(settings.file_limit)};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  if (posix_spawn(&process, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0) {
    throw std::runtime_error("cannot start the helper");
  }
  return process;
}

int wait_for(int process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int helper_main(int argc, char** argv) {
  if (argc != 9) return 4;
  HelperSettings settings{
      argv[2], argv[3], argv[4], std::stoul(argv[5]), std::stoul(argv[6]), std::stoul(argv[7]), std::stoul(argv[8])};
  if (settings.file_limit > 0) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{settings.file_limit, settings.file_limit};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 5;
  }
  ScriptedEngine engine;
  prepare_helper_engine(settings, engine);
  const auto totals = run(helper_spec(settings), engine);
  write(complaint_file(settings), totals ? "" : totals.error().message());
  return totals ? 0 : 1;
}

}  // namespace osler::test
