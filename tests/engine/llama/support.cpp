#include "engine/llama/support.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tiny_vlm/weights.h"

namespace osler::test {

namespace fs = std::filesystem;

fs::path TestFolder::file(const std::string& name, const std::string& content) const {
  std::ofstream(path() / name, std::ios::binary) << content;
  return path() / name;
}

std::shared_ptr<const Image> picture(std::uint32_t width, std::uint32_t height, std::uint64_t seed) {
  tiny_vlm::SplitMix64 random(seed);
  const auto below = [&random](std::uint64_t limit) { return static_cast<std::int64_t>(random.next() % limit); };
  auto image = std::make_shared<Image>();
  image->width = width;
  image->height = height;
  image->rgb.assign(std::size_t{3} * width * height, static_cast<std::uint8_t>(below(60)));
  for (int disc = 0; disc < 5; ++disc) {
    const std::int64_t x0 = below(width), y0 = below(height), radius = 1 + below(1 + std::min(width, height) / 3);
    const auto grey = static_cast<std::uint8_t>(60 + below(190));
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        if ((x - x0) * (x - x0) + (y - y0) * (y - y0) > radius * radius) continue;
        std::fill_n(image->rgb.begin() + 3 * (y * width + x), 3, grey);
      }
    }
  }
  return image;
}

Request ask(std::string id, std::string text, std::vector<std::shared_ptr<const Image>> images,
            std::int32_t max_new_tokens) {
  Request request;
  request.item_id = std::move(id);
  Message message{"user", {}};
  for (std::size_t i = 0; i < images.size(); ++i) message.parts.push_back({i, {}});
  message.parts.push_back({std::nullopt, std::move(text)});
  request.prompt.messages.push_back(std::move(message));
  request.images = std::move(images);
  request.decoding.max_new_tokens = max_new_tokens;
  return request;
}

std::optional<Request> ListedRequests::next() {
  if (next_ == requests_.size()) return std::nullopt;
  return requests_[next_++];
}

Status KeptResponses::accept(Response response) {
  if (fail_at && kept.size() >= *fail_at) return fail(ErrorCode::io, "the disk is full");
  kept.push_back(std::move(response));
  return {};
}

LlamaOptions options_for(const tiny_vlm::TinyVlmFiles& files) {
  LlamaOptions options;
  options.model = files.model;
  options.projector = files.mmproj;
  options.threads = 1;
  return options;
}

std::unique_ptr<Engine> open_engine(const LlamaOptions& options) {
  auto engine = open_llama_engine(options);
  if (!engine) throw std::runtime_error(engine.error().message());
  return std::move(*engine);
}

std::vector<Response> answers(Engine& engine, std::vector<Request> requests) {
  const std::size_t asked = requests.size();
  ListedRequests source(std::move(requests));
  KeptResponses sink;
  const auto status = engine.answer(source, sink, {});
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message());
  EXPECT_EQ(sink.kept.size(), asked);
  sink.kept.resize(asked);
  return std::move(sink.kept);
}

void rewrite_gguf(const fs::path& from, const fs::path& to, const std::function<void(gguf_context*)>& change,
                  const std::function<bool(const std::string&)>& keep) {
  ggml_context* raw_tensors = nullptr;
  const std::unique_ptr<gguf_context, decltype(&gguf_free)> in(gguf_init_from_file(from.c_str(), {false, &raw_tensors}),
                                                               gguf_free);
  const std::unique_ptr<ggml_context, decltype(&ggml_free)> tensors(raw_tensors, ggml_free);
  const std::unique_ptr<gguf_context, decltype(&gguf_free)> out(gguf_init_empty(), gguf_free);
  if (in == nullptr) throw std::runtime_error("not a GGUF file: " + from.string());
  gguf_set_kv(out.get(), in.get());
  change(out.get());
  for (std::int64_t i = 0; i < gguf_get_n_tensors(in.get()); ++i) {
    const char* name = gguf_get_tensor_name(in.get(), i);
    if (keep(name)) gguf_add_tensor(out.get(), ggml_get_tensor(tensors.get(), name));
  }
  if (!gguf_write_to_file(out.get(), to.c_str(), false)) throw std::runtime_error("cannot write " + to.string());
}

}  // namespace osler::test
