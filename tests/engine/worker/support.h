#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "osler/engine/engine.h"
#include "osler/engine/llama/llama_engine.h"

namespace osler::test {

/// A picture of noise; the same for the same seed.
[[nodiscard]] std::shared_ptr<const Image> noise(std::uint32_t width, std::uint32_t height, std::uint64_t seed);

/// A question about pictures.
[[nodiscard]] Request question(std::string id, std::vector<std::shared_ptr<const Image>> images = {});

/// `pictures` pictures with `each` questions, "0-0", "0-1", ..., "1-0", ....
[[nodiscard]] std::vector<Request> questions(std::size_t pictures, std::size_t each);

class GivenRequests : public RequestSource {
 public:
  explicit GivenRequests(std::vector<Request> requests) : requests_(std::move(requests)) {}
  [[nodiscard]] std::optional<Request> next() override;

 private:
  std::vector<Request> requests_;
  std::size_t next_ = 0;
};

/// Keeps responses by item; a second one for an item is a failure of the test.
class KeptByItem : public ResponseSink {
 public:
  [[nodiscard]] Status accept(Response response) override;

  std::map<std::string, Response> kept;
  std::optional<std::size_t> full_at;  ///< Fails when so many are kept.
};

/// What the scripted worker says to a question: its text and the hashes of its pictures. By it, and by that alone,
/// tests can tell whether the question arrived as it was.
[[nodiscard]] std::string scripted_answer(const Request& request);

/// Gets on with loading for as many tenths of a second as OSLER_TEST_LOADING says (0).
void load_slowly(const std::function<bool(float)>& progress);

/// Loads the scripted engine, which pulls as many requests as OSLER_TEST_WINDOW says (4) before it answers them, the
/// last first. It says in first_reply which process it is, in image_cluster which CPUs that may use, and in prompt_hash
/// the bytes that its context would take and how many share the memory; by itself it finds other bytes in every
/// process. The item "breakdown" ends it with a failure.
[[nodiscard]] std::unique_ptr<Engine> scripted_engine(const LlamaOptions& options);

}  // namespace osler::test
