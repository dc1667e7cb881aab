#include "engine/worker/support.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "osler/core/hash.h"
#include "osler/core/machine.h"
#include "osler/engine/worker/placement.h"

namespace osler::test {
namespace {

std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

class ScriptedEngine : public Engine {
 public:
  explicit ScriptedEngine(const LlamaOptions& options) {
    const std::uint64_t budget = options.kv_budget > 0 ? options.kv_budget : static_cast<std::uint64_t>(getpid());
    facts_.details["kv_budget"] = std::to_string(budget);
    memory_ = std::to_string(budget) + " by " + std::to_string(options.memory_shares);
    facts_.kind = "scripted";
    facts_.model = "nobody";
    facts_.identity["who"] = setting("OSLER_TEST_IDENTITY", "all the same") == "own" ? std::to_string(getpid()) : "one";
  }
  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  void on_activity(const std::function<void()>& tell) override { tell_ = tell; }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    const std::size_t window = std::stoul(setting("OSLER_TEST_WINDOW", "4"));
    const auto delay = std::chrono::microseconds(std::stoul(setting("OSLER_TEST_DELAY", "0")));
    const std::size_t steps = std::stoul(setting("OSLER_TEST_STEPS", "1"));
    std::vector<Request> hand;
    while (!stop.stop_requested()) {
      auto request = source.next();
      if (request) hand.push_back(std::move(*request));
      if (request && hand.size() < window) continue;
      for (; !hand.empty() && !stop.stop_requested(); hand.pop_back()) {
        for (std::size_t step = 0; step < steps; ++step) {
          tell_();
          std::this_thread::sleep_for(delay);
        }
        if (hand.back().item_id == "breakdown") return fail(ErrorCode::engine, "broke down, as it was told");
        if (auto status = sink.accept(respond(hand.back())); !status) return status;
      }
      if (!request && !stop.stop_requested()) return {};
    }
    return fail(ErrorCode::interrupted, "stopped");
  }

 private:
  [[nodiscard]] Response respond(const Request& request) const {
    Response response;
    response.item_id = request.item_id;
    response.text = scripted_answer(request);
    response.first_reply = std::to_string(getpid());
    response.prompt_hash = memory_;
    response.image_cluster = ranges_text(usable_cpu_numbers());
    return response;
  }

  EngineFacts facts_;
  std::string memory_;
  std::function<void()> tell_ = [] {};
};

}  // namespace

std::shared_ptr<const Image> noise(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  auto image = std::make_shared<Image>();
  image->width = width;
  image->height = height;
  for (std::size_t i = 0; i < std::size_t{3} * width * height; ++i) {
    image->rgb.push_back(static_cast<std::uint8_t>(random() & 0xFFU));
  }
  return image;
}

Request question(std::string id, std::vector<std::shared_ptr<const Image>> images) {
  Request request;
  Message message{"user", {}};
  for (std::size_t i = 0; i < images.size(); ++i) message.parts.push_back({i, {}});
  message.parts.push_back({std::nullopt, "What of " + id + "?"});
  request.prompt.messages.push_back(std::move(message));
  request.item_id = std::move(id);
  request.images = std::move(images);
  return request;
}

std::vector<Request> questions(std::size_t pictures, std::size_t each) {
  std::vector<Request> made;
  for (std::size_t picture = 0; picture < pictures; ++picture) {
    const auto image = noise(20, 10, picture);
    for (std::size_t i = 0; i < each; ++i) {
      made.push_back(question(std::to_string(picture) + "-" + std::to_string(i), {image}));
    }
  }
  return made;
}

std::optional<Request> GivenRequests::next() {
  if (next_ == requests_.size()) return std::nullopt;
  return requests_[next_++];
}

Status KeptByItem::accept(Response response) {
  if (full_at && kept.size() >= *full_at) return fail(ErrorCode::io, "the disk is full");
  const std::string id = response.item_id;
  EXPECT_TRUE(kept.emplace(id, std::move(response)).second) << "answered twice: " << id;
  return {};
}

std::string scripted_answer(const Request& request) {
  std::string text = request.prompt.messages.front().parts.back().text;
  for (const auto& image : request.images) text += " " + pixel_hash(*image);
  return text;
}

void load_slowly(const std::function<bool(float)>& progress) {
  const auto steps = std::stoul(setting("OSLER_TEST_LOADING", "0"));
  progress(0.5F);
  for (std::size_t step = 0; step < steps; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    progress(0.5F);
  }
}

std::unique_ptr<Engine> scripted_engine(const LlamaOptions& options) {
  return std::make_unique<ScriptedEngine>(options);
}

}  // namespace osler::test
