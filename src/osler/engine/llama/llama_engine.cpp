#include "osler/engine/llama/llama_engine.h"

#include <fmt/format.h>

#include <chrono>

#include "osler/core/version.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/llama/vision_model.h"
#include "osler/engine/turns.h"
#include "osler/storage/file_hash.h"

namespace osler {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// llama.cpp's seeds are half as wide, and one of them stands for "a different one every time".
std::uint32_t seed_for_llama(std::uint64_t seed) {
  const auto folded = static_cast<std::uint32_t>(seed ^ (seed >> 32U));
  return folded == LLAMA_DEFAULT_SEED ? 0x5EED5EEDU : folded;
}

llama_sampler_ptr make_sampler(const Decoding& decoding) {
  llama_sampler_ptr chain(llama_sampler_chain_init(llama_sampler_chain_default_params()));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(decoding.temperature)));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_dist(seed_for_llama(decoding.seed)));
  return chain;
}

Response error_response(const Request& request, const Error& error) {
  Response response;
  response.item_id = request.item_id;
  response.finish = FinishReason::error;
  response.error = error.message();
  return response;
}

class LlamaEngine : public Engine {
 public:
  LlamaEngine(std::unique_ptr<VisionModel> model, EngineFacts facts)
      : model_(std::move(model)), facts_(std::move(facts)) {}

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }

  void on_activity(std::function<void()> tell) override { activity_ = std::move(tell); }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    model_->abort = false;
    const std::stop_callback on_stop(stop, [this] { model_->abort = true; });
    while (!stop.stop_requested()) {
      const auto request = source.next();
      if (!request) return {};
      auto response = answer_in_turns(*request);
      if (!response) {
        if (response.error().code == ErrorCode::interrupted) break;
        response = error_response(*request, response.error());
      }
      if (auto status = sink.accept(std::move(*response)); !status) return status;
    }
    return fail(ErrorCode::interrupted, "stopped by the user");
  }

 private:
  Result<Response> answer_in_turns(const Request& request) {
    auto first = answer_one(request);
    if (!first || request.follow_up.empty() || first->finish == FinishReason::error) return first;
    auto second = answer_one(second_turn(request, first->text));
    if (!second) return second;
    return join_turns(std::move(*first), std::move(*second));
  }

  Result<Response> answer_one(const Request& request) {
    const auto start = Clock::now();
    activity_();
    const auto prompt = model_->tokenize(request);
    if (!prompt) return pass(prompt);
    Response response;
    response.item_id = request.item_id;
    response.prompt_hash = prompt->hash;
    response.prompt_tokens = prompt->tokens;
    response.image_tokens = prompt->image_tokens;
    if (auto status = model_->evaluate(*prompt); !status) {
      if (status.error().code == ErrorCode::interrupted) return pass(status);
      response.finish = FinishReason::error;
      response.error = status.error().message();
      return response;
    }
    response.prefill_ms = milliseconds_since(start);
    const auto decode_start = Clock::now();
    auto status = generate(request.decoding, response);
    response.decode_ms = milliseconds_since(decode_start);
    if (!status && status.error().code == ErrorCode::interrupted) return pass(status);
    if (!status) {
      response.finish = FinishReason::error;
      response.error = status.error().message();
    }
    return response;
  }

  /// Tokens until the model ends its turn, the limit is reached or the context is full.
  Status generate(const Decoding& decoding, Response& response) {
    const auto sampler = decoding.temperature > 0.0 ? make_sampler(decoding) : nullptr;
    const auto limit = static_cast<std::uint64_t>(decoding.max_new_tokens);
    response.finish = FinishReason::length;
    while (response.completion_tokens < limit) {
      activity_();
      Result<llama_token> token = model_->greedy_token();
      if (!token) return pass(token);
      if (sampler != nullptr) token = model_->sample_token(sampler.get());
      if (model_->ends_turn(*token)) {
        response.finish = FinishReason::stop;
        return {};
      }
      response.text += model_->piece(*token);
      ++response.completion_tokens;
      if (response.completion_tokens == limit || model_->free_cells() == 0) return {};
      if (auto status = model_->feed(*token); !status) return status;
    }
    return {};
  }

  std::unique_ptr<VisionModel> model_;
  EngineFacts facts_;
  std::function<void()> activity_ = [] {};
};

Result<EngineFacts> describe(const VisionModel& model) {
  const auto model_hash = cached_sha256_of_file(model.files().model);
  if (!model_hash) return pass(model_hash);
  const auto projector_hash = cached_sha256_of_file(model.files().projector);
  if (!projector_hash) return pass(projector_hash);
  EngineFacts facts;
  facts.kind = "llama";
  facts.model = model.files().model.stem().string();
  facts.identity = {{"model_sha256", *model_hash},
                    {"mmproj_sha256", *projector_hash},
                    {"chat_template_sha256", model.template_hash()},
                    {"llama_cpp", fmt::format("{} ({})", kLlamaRelease, kLlamaCommit)},
                    {"context", std::to_string(model.context_size())},
                    {"flash_attention", "off"},
                    {"kv_type", "f16"},
                    {"batching", "one by one"}};
  facts.details = {{"model_path", model.files().model.string()},
                   {"mmproj_path", model.files().projector.string()},
                   {"model_description", model.description()},
                   {"model_bytes", std::to_string(model.files().model_facts.bytes)},
                   {"mmproj_bytes", std::to_string(model.files().projector_facts.bytes)},
                   {"threads", std::to_string(model.threads())},
                   {"system_info", llama_system_info()}};
  return facts;
}

}  // namespace

std::string llama_system_info() {
  llama_backend_init();
  return llama_print_system_info();
}

Result<std::unique_ptr<Engine>> open_llama_engine(const LlamaOptions& options,
                                                  const std::function<bool(float)>& progress) {
  auto model = VisionModel::load(options, progress);
  if (!model) return pass(model);
  auto facts = describe(**model);
  if (!facts) return pass(facts);
  return std::unique_ptr<Engine>(std::make_unique<LlamaEngine>(std::move(*model), std::move(*facts)));
}

}  // namespace osler
