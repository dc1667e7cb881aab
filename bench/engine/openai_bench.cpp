// How many requests a second the openai engine brings to a server that answers at once, and what memory it takes:
//   openai_bench [--requests N] [--in-flight N] [--image-bytes N] [--per-image N]
// The server is a process of its own on loopback; it reads every body whole and always says the same.

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "osler/engine/openai/openai_engine.h"
#include "support/chat_server.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Settings {
  std::size_t requests = 100'000;
  std::size_t in_flight = 256;
  std::size_t image_bytes = 0;
  std::size_t per_image = 4;
};

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))) / 1048576.0;
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Makes requests as they are pulled, so that nothing but what is under way is in memory.
class MadeRequests : public osler::RequestSource {
 public:
  explicit MadeRequests(const Settings& settings) : settings_(settings) {}

  [[nodiscard]] std::optional<osler::Request> next() override {
    if (made_ == settings_.requests) return std::nullopt;
    osler::Request request;
    request.item_id = std::to_string(made_);
    request.prompt.messages = {{"user", {}}};
    if (settings_.image_bytes > 0) {
      if (made_ % settings_.per_image == 0) image_ = make_image();
      request.images = {image_};
      request.prompt.messages[0].parts.push_back({0, ""});
    }
    request.prompt.messages[0].parts.push_back({std::nullopt, fmt::format("What is question {} about?", made_)});
    request.letters = {"A", "B", "C", "D"};
    ++made_;
    return request;
  }

 private:
  [[nodiscard]] std::shared_ptr<const osler::Image> make_image() const {
    auto image = std::make_shared<osler::Image>(osler::Image{1, 1, {0, 0, 0}});
    std::string bytes(settings_.image_bytes, static_cast<char>(made_));
    image->original = std::make_shared<const osler::EncodedImage>(
        osler::EncodedImage{osler::ImageFormat::jpeg, true, std::move(bytes)});
    return image;
  }

  const Settings& settings_;
  std::size_t made_ = 0;
  std::shared_ptr<const osler::Image> image_;
};

/// Counts, and looks at the memory ten times.
class CountingSink : public osler::ResponseSink {
 public:
  explicit CountingSink(std::size_t expected) : expected_(expected) {}

  [[nodiscard]] osler::Status accept(osler::Response response) override {
    if (response.finish == osler::FinishReason::error) ++errors;
    ++count;
    const std::size_t part = std::max<std::size_t>(1, expected_ / 10);
    if (count % part == 0) fmt::print("  {:>9} answers, {:6.1f} MiB resident\n", count, resident_mib());
    return {};
  }

  std::size_t count = 0;
  std::size_t errors = 0;

 private:
  std::size_t expected_;
};

/// Serves until it is killed; writes its port into the pipe.
[[noreturn]] void serve(int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string body = osler::test::completion("\\boxed{A}");
  const osler::test::ChatServer server([&body](const osler::test::ChatCall& call) -> osler::test::ChatAnswer {
    if (call.method == "POST") return {.body = body};
    return {.status = 404};
  });
  const std::uint16_t port = server.port();
  if (::write(pipe, &port, sizeof(port)) != sizeof(port)) _exit(1);
  while (true) pause();
}

int measure(const Settings& settings, std::uint16_t port) {
  osler::OpenAiOptions options;
  options.model = "null";
  options.base_urls = {fmt::format("http://127.0.0.1:{}/v1", port)};
  options.parallel = settings.in_flight;
  auto engine = osler::open_openai_engine(options);
  if (!engine) {
    fmt::print(stderr, "openai_bench: {}\n", engine.error().message());
    return 1;
  }
  MadeRequests source(settings);
  CountingSink sink(settings.requests);
  const auto start = Clock::now();
  const double cpu = cpu_seconds();
  const auto status = (*engine)->answer(source, sink, {});
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (!status) {
    fmt::print(stderr, "openai_bench: {}\n", status.error().message());
    return 1;
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  fmt::print(
      "{} requests ({} errors), {} in flight, images of {} bytes ({} questions each): {:.1f} s, {:.0f} requests/s, "
      "{:.0f} us of CPU each, {:.0f} MiB at most\n",
      sink.count, sink.errors, settings.in_flight, settings.image_bytes, settings.per_image, seconds,
      static_cast<double>(sink.count) / seconds, 1e6 * (cpu_seconds() - cpu) / static_cast<double>(sink.count),
      static_cast<double>(used.ru_maxrss) / 1024.0);
  return sink.count == settings.requests && sink.errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Requests a second of the openai engine against a server that answers at once");
  app.add_option("--requests", settings.requests, "Requests in all")->capture_default_str();
  app.add_option("--in-flight", settings.in_flight, "Requests under way at once")->capture_default_str();
  app.add_option("--image-bytes", settings.image_bytes, "Size of every picture's file; 0: no pictures")
      ->capture_default_str();
  app.add_option("--per-image", settings.per_image, "Questions on one picture")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  int ends[2] = {-1, -1};
  if (::pipe(ends) != 0) return 1;
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) serve(ends[1]);
  std::uint16_t port = 0;
  if (::read(ends[0], &port, sizeof(port)) != sizeof(port)) return 1;
  const int result = measure(settings, port);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return result;
}
