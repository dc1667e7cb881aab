#include "engine/cache/support.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "osler/core/hash.h"
#include "osler/engine/cache/response_store.h"

namespace osler::test {

EngineFacts made_up_facts() {
  EngineFacts facts;
  facts.kind = "llama";
  facts.model = "made-up";
  facts.identity = {{"model_sha256", "ab"}, {"llama_cpp", "v0.5.0"}};
  return facts;
}

Request made_up_request(const std::string& id, const std::string& question) {
  Request request;
  request.item_id = id;
  request.prompt.messages = {{"user", {{0, ""}, {std::nullopt, question + "\nA. liver\nB. lung"}}}};
  request.images = {std::make_shared<const Image>(Image{2, 1, {0, 1, 2, 3, 4, 5}})};
  request.decoding.max_new_tokens = 16;
  request.letters = {"A", "B"};
  return request;
}

Response made_up_response(const Request& request) {
  Response response;
  response.item_id = request.item_id;
  response.text = "It is " + request.prompt.messages.back().parts.back().text;
  response.prompt_hash = sha256_hex(response.text);
  response.prompt_tokens = 300;
  response.image_tokens = 256;
  response.completion_tokens = 9;
  response.prefill_ms = 12.125;
  response.decode_ms = 3.5;
  response.letter_marks = {{6, -0.1234567890123}};
  return response;
}

std::optional<Request> ListSource::next() {
  if (requests_.empty()) return std::nullopt;
  Request request = std::move(requests_.front());
  requests_.pop_front();
  return request;
}

Status ListSink::accept(Response response) {
  if (responses.size() == most) return fail(ErrorCode::io, "the disk is full");
  responses.push_back(std::move(response));
  return {};
}

Status CountingEngine::answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) {
  while (auto request = source.next()) {
    asked_.push_back(request->item_id);
    on_asked();
    if (stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
    if (auto status = sink.accept(reply(*request)); !status) return status;
  }
  return {};
}

std::string filler_key(int number) {
  Sha256 hash;
  hash.update(std::to_string(number));
  return hash.bytes();
}

Response filler_response(int number) {
  Response response;
  response.text = "answer " + std::to_string(number) + std::string(static_cast<std::size_t>(number % 500), '.');
  return response;
}

int start_filler(const std::filesystem::path& file, int first, int count, int pause_us) {
  std::vector<std::string> words = {"/proc/self/exe",      "--fill-cache",        file.string(),
                                    std::to_string(first), std::to_string(count), std::to_string(pause_us)};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  if (posix_spawn(&process, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0) {
    throw std::runtime_error("cannot start the filler");
  }
  return process;
}

int wait_for(int process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int filler_main(char** argv) {
  bool told = false;
  auto store = ResponseStore::open(argv[2], [&told](const Error& error) {
    std::cerr << error.message() << '\n';
    told = true;
  });
  if (!store) {
    std::cerr << store.error().message() << '\n';
    return 1;
  }
  (*store)->belongs_to(made_up_facts());
  const int first = std::stoi(argv[3]);
  for (int i = first; i < first + std::stoi(argv[4]); ++i) {
    if (!(*store)->find(filler_key(i))) (*store)->put(filler_key(i), filler_response(i));
    std::this_thread::sleep_for(std::chrono::microseconds(std::stoi(argv[5])));
  }
  store->reset();
  return told ? 1 : 0;
}

}  // namespace osler::test
