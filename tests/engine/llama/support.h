#pragma once

#include <gguf.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/llama_engine.h"
#include "support/temporary_folder.h"
#include "support/tiny_models.h"

namespace osler::test {

/// A folder of the running test's own, with a short way to put a file into it.
class TestFolder : public TemporaryFolder {
 public:
  /// Writes a file in it and returns its path.
  std::filesystem::path file(const std::string& name, const std::string& content) const;
};

/// A picture of discs on a dark ground, different from seed to seed.
[[nodiscard]] std::shared_ptr<const Image> picture(std::uint32_t width, std::uint32_t height, std::uint64_t seed);

/// One user message: the images in their order, then the text.
[[nodiscard]] Request ask(std::string id, std::string text, std::vector<std::shared_ptr<const Image>> images = {},
                          std::int32_t max_new_tokens = 48);

/// Gives out requests from a list; `before_next` is called with the number given out so far.
class ListedRequests : public RequestSource {
 public:
  explicit ListedRequests(std::vector<Request> requests) : requests_(std::move(requests)) {}
  [[nodiscard]] std::optional<Request> next() override;
  [[nodiscard]] std::size_t given() const { return next_; }

 private:
  std::vector<Request> requests_;
  std::size_t next_ = 0;
};

/// Keeps responses; refuses from the `fail_at`th on.
class KeptResponses : public ResponseSink {
 public:
  [[nodiscard]] Status accept(Response response) override;
  std::vector<Response> kept = {};
  std::optional<std::size_t> fail_at = std::nullopt;
};

/// A tiny model's options on one thread.
[[nodiscard]] LlamaOptions options_for(const tiny_vlm::TinyVlmFiles& files);

/// Opens an engine that must open.
[[nodiscard]] std::unique_ptr<Engine> open_engine(const LlamaOptions& options);

/// Answers the requests, which must succeed, and returns the responses.
[[nodiscard]] std::vector<Response> answers(Engine& engine, std::vector<Request> requests);

/// Copies a GGUF file, changed: `change` may set keys, `keep` says which tensors come along.
void rewrite_gguf(
    const std::filesystem::path& from, const std::filesystem::path& to,
    const std::function<void(gguf_context*)>& change,
    const std::function<bool(const std::string&)>& keep = [](const std::string&) { return true; });

}  // namespace osler::test
