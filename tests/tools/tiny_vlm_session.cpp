#include "tools/tiny_vlm_session.h"

#include <mtmd-helper.h>

#include <algorithm>
#include <stdexcept>

#include "tiny_vlm/weights.h"

namespace osler::test {

namespace {

void be_silent(ggml_log_level, const char*, void*) {}

template <class Handle>
void need(const Handle& handle, const char* what) {
  if (!handle) throw std::runtime_error(std::string("llama.cpp refuses the ") + what);
}

}  // namespace

Picture made_up_picture(std::uint32_t side, std::uint64_t seed) {
  tiny_vlm::SplitMix64 random(seed);
  const auto below = [&](std::uint64_t limit) { return static_cast<std::uint32_t>(random.next() % limit); };
  Picture picture{side, side, std::vector<unsigned char>(std::size_t{3} * side * side)};
  // A dark ground with a few grey discs, not unlike a scan.
  const std::uint32_t ground = below(60);
  std::fill(picture.rgb.begin(), picture.rgb.end(), static_cast<unsigned char>(ground));
  for (int disc = 0; disc < 5; ++disc) {
    const std::int64_t x0 = below(side), y0 = below(side), radius = 2 + below(side / 3), grey = 60 + below(190);
    for (std::int64_t y = 0; y < side; ++y) {
      for (std::int64_t x = 0; x < side; ++x) {
        if ((x - x0) * (x - x0) + (y - y0) * (y - y0) > radius * radius) continue;
        std::fill_n(picture.rgb.begin() + 3 * (y * side + x), 3, static_cast<unsigned char>(grey));
      }
    }
  }
  return picture;
}

TinyVlmSession::TinyVlmSession(const tiny_vlm::TinyVlmFiles& files) {
  llama_log_set(be_silent, nullptr);
  mtmd_helper_log_set(be_silent, nullptr);

  auto model_params = llama_model_default_params();
  model_params.n_gpu_layers = 0;
  model_.reset(llama_model_load_from_file(files.model.c_str(), model_params));
  need(model_, "language model");

  auto context_params = llama_context_default_params();
  context_params.n_ctx = 2048;
  context_params.n_batch = 512;
  context_params.n_threads = 1;
  context_params.n_threads_batch = 1;
  context_params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  context_.reset(llama_init_from_model(model_.get(), context_params));
  need(context_, "context");

  auto vision_params = mtmd_context_params_default();
  vision_params.use_gpu = false;
  vision_params.warmup = false;
  vision_params.print_timings = false;
  vision_params.n_threads = 1;
  vision_params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  vision_.reset(mtmd_init_from_file(files.mmproj.c_str(), model_.get(), vision_params));
  need(vision_, "vision tower");
}

std::vector<llama_token> TinyVlmSession::tokenize(const std::string& text, bool parse_special) const {
  std::vector<llama_token> tokens(text.size() + 2);
  const auto count = llama_tokenize(llama_model_get_vocab(model_.get()), text.data(), static_cast<int>(text.size()),
                                    tokens.data(), static_cast<int>(tokens.size()), false, parse_special);
  if (count < 0) throw std::runtime_error("more tokens than bytes");
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

std::string TinyVlmSession::piece(llama_token token) const {
  std::string text(256, '\0');
  const auto size = llama_token_to_piece(llama_model_get_vocab(model_.get()), token, text.data(),
                                         static_cast<int>(text.size()), 0, false);
  text.resize(static_cast<std::size_t>(std::max(size, 0)));
  return text;
}

llama_token TinyVlmSession::likeliest() const {
  const float* logits = llama_get_logits_ith(context_.get(), -1);
  need(logits, "request for logits");
  const auto count = llama_vocab_n_tokens(llama_model_get_vocab(model_.get()));
  return static_cast<llama_token>(std::max_element(logits, logits + count) - logits);
}

Answer TinyVlmSession::ask(const Picture& picture, const std::string& content, int most) {
  const std::string prompt =
      std::string("<|im_start|>user\n") + mtmd_default_marker() + content + "<|im_end|>\n<|im_start|>assistant\n";
  const std::unique_ptr<mtmd_bitmap, decltype(&mtmd_bitmap_free)> bitmap(
      mtmd_bitmap_init(picture.width, picture.height, picture.rgb.data()), mtmd_bitmap_free);
  const std::unique_ptr<mtmd_input_chunks, decltype(&mtmd_input_chunks_free)> chunks(mtmd_input_chunks_init(),
                                                                                     mtmd_input_chunks_free);
  const mtmd_input_text text{prompt.data(), prompt.size(), /*add_special=*/true, /*parse_special=*/true};
  const mtmd_bitmap* bitmaps[] = {bitmap.get()};
  need(mtmd_tokenize(vision_.get(), chunks.get(), &text, bitmaps, 1) == 0, "prompt");

  llama_memory_clear(llama_get_memory(context_.get()), true);
  llama_pos past = 0;
  need(mtmd_helper_eval_chunks(vision_.get(), context_.get(), chunks.get(), 0, 0, 512, true, &past) == 0, "picture");

  Answer answer;
  for (int i = 0; i < most && !answer.ended; ++i) {
    auto token = likeliest();
    answer.ended = llama_vocab_is_eog(llama_model_get_vocab(model_.get()), token);
    answer.tokens.push_back(token);
    if (answer.ended) break;
    answer.text += piece(token);
    // By position, not by the number of tokens before: under M-RoPE a picture takes fewer positions than tokens.
    auto batch = llama_batch_get_one(&token, 1);
    batch.pos = &past;
    need(llama_decode(context_.get(), batch) == 0, "token");
    ++past;
  }
  return answer;
}

}  // namespace osler::test
