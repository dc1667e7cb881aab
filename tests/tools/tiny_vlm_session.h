#pragma once

#include <llama.h>
#include <mtmd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tiny_vlm/tiny_vlm.h"

namespace osler::test {

/// An RGB picture: made-up shapes that differ from seed to seed.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<unsigned char> rgb = {};
};

[[nodiscard]] Picture made_up_picture(std::uint32_t side, std::uint64_t seed);

struct Answer {
  std::string text;
  std::vector<llama_token> tokens;
  bool ended = false;  ///< By the model itself.
};

/// A loaded pair, driven by llama.cpp's own interface and nothing of Osler's: what is tested is the files.
class TinyVlmSession {
 public:
  explicit TinyVlmSession(const tiny_vlm::TinyVlmFiles& files);

  [[nodiscard]] const llama_model* model() const { return model_.get(); }
  [[nodiscard]] std::vector<llama_token> tokenize(const std::string& text, bool parse_special) const;
  [[nodiscard]] std::string piece(llama_token token) const;
  /// Greedy, at most `most` tokens. `content` is the user's turn; `picture` goes before it.
  [[nodiscard]] Answer ask(const Picture& picture, const std::string& content, int most);

 private:
  [[nodiscard]] llama_token likeliest() const;

  std::unique_ptr<llama_model, decltype(&llama_model_free)> model_{nullptr, llama_model_free};
  std::unique_ptr<llama_context, decltype(&llama_free)> context_{nullptr, llama_free};
  std::unique_ptr<mtmd_context, decltype(&mtmd_free)> vision_{nullptr, mtmd_free};
};

}  // namespace osler::test
