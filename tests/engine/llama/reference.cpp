#include "engine/llama/reference.h"

#include <mtmd-helper.h>

#include <algorithm>
#include <stdexcept>

#include "osler/engine/llama/gguf_head.h"
#include "osler/engine/llama/resize.h"

namespace osler::test {
namespace {

/// One token at a position of one's own choice.
struct SingleToken {
  SingleToken(llama_token token, llama_pos position) : batch(llama_batch_init(1, 0, 1)) {
    batch.n_tokens = 1;
    batch.token[0] = token;
    batch.pos[0] = position;
    batch.n_seq_id[0] = 1;
    batch.seq_id[0][0] = 0;
    batch.logits[0] = 1;
  }
  ~SingleToken() { llama_batch_free(batch); }
  SingleToken(const SingleToken&) = delete;
  SingleToken& operator=(const SingleToken&) = delete;
  llama_batch batch;
};

}  // namespace

void need(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("the reference cannot: ") + what);
}

llama_model_ptr load_reference_model(const std::string& file) {
  llama_model_ptr model(llama_model_load_from_file(file.c_str(), llama_model_default_params()));
  need(model != nullptr, "load the model");
  return model;
}

llama_context_params reference_context(std::uint32_t cells) {
  auto params = llama_context_default_params();
  params.n_ctx = cells;
  params.n_threads = 1;
  params.n_threads_batch = 1;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  return params;
}

mtmd::context_ptr load_reference_projector(const std::string& file, const llama_model* model, ImageSizeRule& sizes) {
  auto vision = mtmd_context_params_default();
  vision.warmup = false;
  vision.print_timings = false;
  vision.n_threads = 1;
  const auto head = GgufHead::open(file);
  need(head.has_value(), "read the projector's head");
  sizes = ImageSizeRule::of(*head, {});
  if (sizes.image_min_tokens > 0) vision.image_min_tokens = sizes.image_min_tokens;
  if (sizes.image_max_tokens > 0) vision.image_max_tokens = sizes.image_max_tokens;
  mtmd::context_ptr projector(mtmd_init_from_file(file.c_str(), model, vision));
  need(projector != nullptr, "load the projector");
  return projector;
}

ReferencePrompt reference_prompt(const std::string& text, const std::vector<std::shared_ptr<const Image>>& images,
                                 const ImageSizeRule& sizes) {
  ReferencePrompt prompt;
  prompt.text = "<|im_start|>user\n";
  for (const auto& image : images) {
    prompt.text += mtmd_default_marker();
    const auto size = sizes.size_for(image->width, image->height);
    need(size.has_value(), "size the image");
    const Image shown = *size ? resize_bicubic(*image, (*size)->width, (*size)->height) : *image;
    prompt.bitmaps.emplace_back(mtmd_bitmap_init(shown.width, shown.height, shown.rgb.data()));
    prompt.pointers.push_back(prompt.bitmaps.back().get());
  }
  prompt.text += text + "<|im_end|>\n<|im_start|>assistant\n";
  return prompt;
}

Reference::Reference(const tiny_vlm::TinyVlmFiles& files, std::uint32_t context)
    : model_(load_reference_model(files.model)) {
  context_.reset(llama_init_from_model(model_.get(), reference_context(context)));
  need(context_ != nullptr, "make a context");
  vision_ = load_reference_projector(files.mmproj, model_.get(), sizes_);
}

Reference::Answer Reference::ask(const std::string& text, const std::vector<std::shared_ptr<const Image>>& images,
                                 int most) {
  auto prompt = reference_prompt(text, images, sizes_);
  const mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
  const mtmd_input_text input{prompt.text.data(), prompt.text.size(), /*add_special=*/true, /*parse_special=*/true};
  need(mtmd_tokenize(vision_.get(), chunks.get(), &input, prompt.pointers.data(), prompt.pointers.size()) == 0,
       "tokenize");
  Answer answer;
  answer.prompt_tokens = mtmd_helper_get_n_tokens(chunks.get());
  for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks.get()); ++i) {
    const auto* chunk = mtmd_input_chunks_get(chunks.get(), i);
    const bool image = mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE;
    answer.image_tokens += image ? mtmd_input_chunk_get_n_tokens(chunk) : 0U;
  }
  llama_memory_clear(llama_get_memory(context_.get()), true);
  llama_pos past = 0;
  need(mtmd_helper_eval_chunks(vision_.get(), context_.get(), chunks.get(), 0, 0, 2048, true, &past) == 0, "evaluate");
  answer.prompt_positions = static_cast<std::size_t>(past);
  const llama_sampler_ptr greedy(llama_sampler_init_greedy());
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  for (int i = 0; i < most; ++i) {
    const auto token = llama_sampler_sample(greedy.get(), context_.get(), -1);
    if (llama_vocab_is_eog(vocab, token)) {
      answer.ended = true;
      break;
    }
    char piece[256];
    const auto size = llama_token_to_piece(vocab, token, piece, sizeof(piece), 0, false);
    answer.text.append(piece, static_cast<std::size_t>(std::max(size, 0)));
    ++answer.tokens;
    SingleToken next(token, past++);
    need(llama_decode(context_.get(), next.batch) == 0, "decode");
  }
  return answer;
}

std::size_t Reference::plain_tokens(const std::string& text) const {
  std::vector<llama_token> tokens(text.size() + 8);
  const auto count = llama_tokenize(llama_model_get_vocab(model_.get()), text.data(), static_cast<int>(text.size()),
                                    tokens.data(), static_cast<int>(tokens.size()), false, false);
  need(count >= 0, "tokenize");
  return static_cast<std::size_t>(count);
}

}  // namespace osler::test
