// Worker processes as a user meets them: whatever becomes of them, every item is answered once and as without them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "support/command.h"
#include "support/environment.h"
#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;
using testing::Not;

const std::string kOsler = std::string(OSLER_BINARY_DIR) + "/bin/osler";

/// The workers of a process: ids of its children that were started as such.
std::set<pid_t> workers_of(pid_t parent) {
  std::set<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream status(entry.path() / "stat");
    std::string line;
    std::getline(status, line);
    std::istringstream rest(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    char state = 0;
    pid_t from = 0;
    rest >> state >> from;
    std::string words;
    std::getline(std::ifstream(entry.path() / "cmdline"), words);
    if (from == parent && state != 'Z' && words.find("worker") != std::string::npos) found.insert(std::stoi(name));
  }
  return found;
}

bool lives(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  return std::getline(status, line) && line.find(") Z") == std::string::npos;
}

template <class Condition>
bool comes_true(const Condition& condition, std::chrono::seconds longest = 60s) {
  for (const auto end = Clock::now() + longest; Clock::now() < end; std::this_thread::sleep_for(2ms)) {
    if (condition()) return true;
  }
  return false;
}

/// A command under way.
class Running {
 public:
  Running(std::vector<std::string> arguments, const fs::path& errors) {
    arguments.insert(arguments.begin(), kOsler);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(posix_spawn(&id_, kOsler.c_str(), &files, nullptr, pointers.data(), environ), 0);
    posix_spawn_file_actions_destroy(&files);
  }
  ~Running() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    static_cast<void>(wait());
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] bool ended() {
    siginfo_t info{};
    return id_ <= 0 ||
           (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == id_);
  }
  /// The exit status, or 128 + signal.
  int wait() {
    int raw = 0;
    ::waitpid(id_, &raw, 0);
    id_ = -1;
    return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  }

 private:
  pid_t id_ = -1;
};

class Workers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("OMP_WAIT_POLICY", "passive", 1);
    folder_ = new TemporaryFolder;
    fs::copy(fs::path(OSLER_SOURCE_DIR) / "tests/fixtures/slices", files(), fs::copy_options::recursive);
    const auto model = tiny_vlm::write_tiny_vlm({.voice = tiny_vlm::Voice::boxed}, files());
    ASSERT_TRUE(model) << model.error().message();
    const auto plain = osler(run_line("plain", {"--in-process"}));
    ASSERT_EQ(plain.status, 0) << plain.err;
    plain_ = journal("plain");
    ASSERT_EQ(plain_.size(), 96U);
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static fs::path files() { return folder_->path() / "files"; }
  static fs::path journal_file(const std::string& out) {
    return folder_->path() / out / "tiny-qwen2.5vl-boxed-1/slices/paper/responses.jsonl";
  }
  static std::vector<std::string> run_line(const std::string& out, const std::vector<std::string>& more = {}) {
    std::vector<std::string> line{"run",
                                  "--model",
                                  (files() / "tiny-qwen2.5vl-boxed-1.gguf").string(),
                                  "--benchmark",
                                  (files() / "slices.yaml").string(),
                                  "--data",
                                  files().string(),
                                  "--no-cache",
                                  "--threads",
                                  "1",
                                  "--out",
                                  (folder_->path() / out).string()};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }
  static CommandResult osler(std::vector<std::string> arguments, const std::string& hook = {}, int interrupt = -1) {
    arguments.insert(arguments.begin(), kOsler);
    return run_command(arguments, {.environment = {{"OSLER_TEST_WORKER", hook}}, .interrupt_after_ms = interrupt});
  }
  static std::size_t lines(const std::string& out) {
    std::ifstream file(journal_file(out));
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) ++count;
    return count;
  }
  /// Answers by item, without their times. Every item stands in a journal once.
  static std::map<std::string, nlohmann::json> journal(const std::string& out) {
    std::map<std::string, nlohmann::json> answers;
    std::ifstream file(journal_file(out));
    for (std::string line; std::getline(file, line);) {
      auto answer = nlohmann::json::parse(line);
      answer.erase("prefill_ms");
      answer.erase("decode_ms");
      const std::string id = answer.at("id");
      EXPECT_TRUE(answers.emplace(id, std::move(answer)).second) << "answered twice: " << id;
    }
    return answers;
  }
  static std::string an_item() { return std::next(plain_.begin(), 40)->first; }
  static void expect_plain_but(const std::string& out, const std::string& failed, const std::string& reason) {
    auto answers = journal(out);
    EXPECT_THAT(answers.at(failed).at("error").get<std::string>(), HasSubstr(reason));
    EXPECT_EQ(answers.at(failed).at("finish"), "error");
    answers[failed] = plain_.at(failed);
    EXPECT_EQ(answers, plain_);
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline std::map<std::string, nlohmann::json> plain_;
};

TEST_F(Workers, OneOrTwoAnswerAsTheProcessItself) {
  for (const std::string count : {"1", "2"}) {
    const auto result = osler(run_line("with-" + count, {"--workers", count}));
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(journal("with-" + count), plain_);
  }
}

TEST_F(Workers, ARunBegunWithoutThemGoesOnWithThem) {
  EXPECT_EQ(osler(run_line("mixed", {"--in-process", "--limit", "30"})).status, 0);
  const auto result = osler(run_line("mixed", {"--workers", "2"}));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("30 answers were there already"));
  EXPECT_EQ(journal("mixed"), plain_);
}

TEST_F(Workers, KilledAtRandomMomentsTheyCostNoAnswerAndChangeNone) {
  std::mt19937 random(7);
  std::size_t kills = 0;
  for (int round = 0; round < 3; ++round) {
    const std::string out = "killed-" + std::to_string(round);
    Running run(run_line(out, {"--workers", round == 2 ? "2" : "1"}), folder_->path() / "err");
    for (std::size_t kill = 0; kill < 3 && !run.ended(); ++kill) {
      // An item that is hit twice is an error by right; after some answers another one is in hand.
      const std::size_t enough = kill * 30 + random() % 10;
      if (!comes_true([&] { return run.ended() || lines(out) > enough; })) break;
      const auto workers = workers_of(run.id());
      if (!workers.empty() && ::kill(*workers.begin(), SIGKILL) == 0) ++kills;
    }
    EXPECT_EQ(run.wait(), 0);
    EXPECT_EQ(journal(out), plain_);
  }
  EXPECT_GE(kills, 3U);
}

TEST_F(Workers, AnItemThatEndsItsWorkerIsAnErrorWithItsReason) {
  const auto result = osler(run_line("abort"), "abort:" + an_item());
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("GGML_ASSERT(false) failed"));
  expect_plain_but("abort", an_item(), "signal 6");
  const auto again = osler(run_line("abort", {"--retry-errors"}));
  EXPECT_EQ(again.status, 0) << again.err;
}

TEST_F(Workers, AnItemThatEndsItsWorkerOnceIsAnswered) {
  EXPECT_EQ(osler(run_line("once"), "kill-once:" + an_item()).status, 0);
  EXPECT_EQ(journal("once"), plain_);
}

TEST_F(Workers, OneThatHangsIsReplaced) {
  const auto result = osler(run_line("hang", {"--stall-timeout", "3"}), "hang:" + an_item());
  EXPECT_EQ(result.status, 0) << result.err;
  expect_plain_but("hang", an_item(), "no sign of life for 3 s");
}

TEST_F(Workers, AModelFileThatAbortsOnLoadIsAnErrorWithItsName) {
  const auto result = osler(run_line("load"), "abort-on-load");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("tiny-qwen2.5vl-boxed-1.gguf"));
  EXPECT_THAT(result.err, HasSubstr("GGML_ASSERT(false) failed"));
}

TEST_F(Workers, AModelThatIsGoneWhenAWorkerIsReplacedEndsTheRunAndTheRunGoesOn) {
  const auto result = osler(run_line("gone"), "kill-once:" + an_item() + ",vanish-on-reload");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err, HasSubstr("cannot be opened"));
  EXPECT_EQ(osler(run_line("gone")).status, 0);
  EXPECT_EQ(journal("gone"), plain_);
}

TEST_F(Workers, InterruptedAtAnyMomentNothingIsLostOrAskedTwice) {
  std::mt19937 random(3);
  CommandResult result;
  for (int attempt = 0; attempt < 12; ++attempt) {
    result = osler(run_line("interrupted", {"--workers", "2"}), {}, 20 + static_cast<int>(random() % 700));
    EXPECT_THAT(result.status, AnyOf(Eq(0), Eq(1), Eq(130))) << result.err;
    static_cast<void>(journal("interrupted"));
    if (result.status == 0) break;
  }
  EXPECT_EQ(osler(run_line("interrupted")).status, 0);
  EXPECT_EQ(journal("interrupted"), plain_);
}

TEST_F(Workers, NoneOutlivesAParentThatIsKilled) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang:" + an_item());
  Running run(run_line("orphans", {"--workers", "2"}), folder_->path() / "err");
  std::set<pid_t> workers;
  ASSERT_TRUE(comes_true([&] {
    workers = workers_of(run.id());
    return workers.size() == 2 && lines("orphans") > 5;
  }));
  ::kill(run.id(), SIGKILL);
  for (const pid_t worker : workers) EXPECT_TRUE(comes_true([&] { return !lives(worker); })) << worker;
}

TEST_F(Workers, ASecondCtrlCEndsEverythingAtOnce) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang:" + an_item());
  Running run(run_line("twice"), folder_->path() / "err");
  std::set<pid_t> workers;
  ASSERT_TRUE(comes_true([&] {
    workers = workers_of(run.id());
    return workers.size() == 1 && lines("twice") > 5;
  }));
  ::kill(run.id(), SIGINT);
  EXPECT_FALSE(run.ended()) << "it waits for the worker a little";
  std::this_thread::sleep_for(200ms);
  ::kill(run.id(), SIGINT);
  EXPECT_THAT(run.wait(), AnyOf(Eq(130), Eq(1)));
  EXPECT_TRUE(comes_true([&] { return !lives(*workers.begin()); }));
}

TEST_F(Workers, TheyHaveNoTerminalAndNoneOfTheRunsFiles) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang:" + an_item());
  Running run(run_line("files"), folder_->path() / "err");
  ASSERT_TRUE(comes_true([&] { return lines("files") > 5; }));
  const auto workers = workers_of(run.id());
  ASSERT_EQ(workers.size(), 1U);
  const pid_t worker = *workers.begin();
  EXPECT_EQ(::getsid(worker), worker);
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(worker) + "/fd")) {
    std::error_code problem;
    const std::string target = fs::read_symlink(entry.path(), problem).string();
    EXPECT_THAT(target, Not(HasSubstr("responses.jsonl")));
    const std::string number = entry.path().filename().string();
    if (number == "0" || number == "1") {
      EXPECT_EQ(target, "/dev/null");
    }
  }
}

TEST_F(Workers, AreNotStartedByHand) {
  const auto result = osler({"worker", "1"});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("a worker is started by the command that needs it"));
  EXPECT_THAT(osler({"--help"}).out, Not(HasSubstr("worker")));
}

}  // namespace
}  // namespace osler::test
