#include "osler/engine/llama/vision_model.h"

#include <fmt/format.h>
#include <mtmd-helper.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "osler/core/hash.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

constexpr std::uint32_t kBatch = 2048;
constexpr std::uint32_t kMicroBatch = 512;
/// Room for a prompt: llama.cpp caps Qwen's images at 4,096 tokens, and MedXpertQA has up to six of usual size.
constexpr std::uint32_t kPromptRoom = 8192;

bool report_progress(float fraction, void* user_data) {
  const auto& progress = *static_cast<const std::function<bool(float)>*>(user_data);
  return !progress || progress(fraction);
}

/// A stretch of text that is tokenized in one go.
struct TextPart {
  std::string text;
  bool parse_special = true;
};

}  // namespace

std::int32_t usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<std::int32_t>(std::thread::hardware_concurrency()));
}

Result<std::unique_ptr<VisionModel>> VisionModel::load(const LlamaOptions& options,
                                                       const std::function<bool(float)>& progress) {
  auto files = find_model_files(options.model, options.projector);
  if (!files) return pass(files);
  llama_backend_init();
  std::unique_ptr<VisionModel> self(new VisionModel(std::move(*files)));
  self->threads_ = options.threads > 0 ? options.threads : usable_cpus();
  if (auto status = self->load_model(options, progress); !status) return pass(status);
  if (auto status = self->load_template(options); !status) return pass(status);
  if (auto status = self->open_context(options); !status) return pass(status);
  if (auto status = self->load_projector(options); !status) return pass(status);
  return self;
}

Status VisionModel::load_model(const LlamaOptions& options, const std::function<bool(float)>& progress) {
  const LogCapture log;
  auto params = llama_model_default_params();
  params.n_gpu_layers = options.gpu_layers;
  params.progress_callback = report_progress;
  // The library's interface is C: it hands the pointer back unchanged.
  params.progress_callback_user_data = const_cast<std::function<bool(float)>*>(&progress);
  model_.reset(llama_model_load_from_file(files_.model.c_str(), params));
  if (model_ == nullptr && progress && !progress(0.0F)) {
    return fail(ErrorCode::interrupted, "stopped while loading", {files_.model.string()},
                "start the same command again");
  }
  if (model_ == nullptr) {
    return fail(ErrorCode::engine, "llama.cpp cannot load the model" + log.reason(), {files_.model.string()},
                "the file may be damaged, or its architecture newer than this build");
  }
  return {};
}

Status VisionModel::load_template(const LlamaOptions& options) {
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  std::string source;
  if (!options.chat_template.empty()) {
    auto text = read_file(options.chat_template, 1 << 20);
    if (!text) return pass(text);
    source = std::move(*text);
  } else if (const char* own = llama_model_chat_template(model_.get(), nullptr); own != nullptr) {
    source = own;
  } else {
    return fail(ErrorCode::engine, "the model carries no chat template", {files_.model.string()},
                "give its template (Jinja) with --chat-template FILE");
  }
  bos_text_ = token_text(llama_vocab_bos(vocab));
  auto parsed = ChatTemplate::parse(source, bos_text_, token_text(llama_vocab_eos(vocab)));
  if (!parsed) {
    Error error = parsed.error();
    error.where.file = options.chat_template.empty() ? files_.model.string() : options.chat_template.string();
    return tl::unexpected<Error>(std::move(error));
  }
  template_ = std::move(*parsed);
  template_hash_ = sha256_hex(source);
  return {};
}

Status VisionModel::open_context(const LlamaOptions& options) {
  const LogCapture log;
  const auto trained = static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model_.get())));
  auto params = llama_context_default_params();
  params.n_ctx = options.context > 0 ? options.context
                                     : kPromptRoom + static_cast<std::uint32_t>(std::max(1, options.max_new_tokens));
  if (options.context == 0 && trained > 0) params.n_ctx = std::min(params.n_ctx, trained);
  params.n_batch = kBatch;
  params.n_ubatch = kMicroBatch;
  params.n_seq_max = 1;
  params.n_threads = threads_;
  params.n_threads_batch = threads_;
  // With flash attention the answers depend on the number of threads once 512 cells are in use; without it they do not.
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  params.abort_callback = [](void* user_data) { return static_cast<std::atomic<bool>*>(user_data)->load(); };
  params.abort_callback_data = &abort;
  context_.reset(llama_init_from_model(model_.get(), params));
  if (context_ == nullptr) {
    return fail(ErrorCode::engine,
                fmt::format("llama.cpp cannot make a context of {} tokens{}", params.n_ctx, log.reason()),
                {files_.model.string()}, "memory may be short: try a smaller --context");
  }
  return {};
}

Status VisionModel::load_projector(const LlamaOptions& options) {
  const LogCapture log;
  auto params = mtmd_context_params_default();
  params.use_gpu = options.gpu_layers != 0;
  params.print_timings = false;
  params.n_threads = threads_;
  params.warmup = false;
  projector_.reset(mtmd_init_from_file(files_.projector.c_str(), model_.get(), params));
  if (projector_ == nullptr || !mtmd_support_vision(projector_.get())) {
    return fail(ErrorCode::mismatch, "llama.cpp cannot use this vision projector with the model" + log.reason(),
                {files_.projector.string()}, "give the mmproj that was converted together with the model");
  }
  return {};
}

std::string VisionModel::token_text(llama_token token) const {
  if (token == LLAMA_TOKEN_NULL) return {};
  const char* text = llama_vocab_get_text(llama_model_get_vocab(model_.get()), token);
  return text == nullptr ? std::string() : std::string(text);
}

/// True if the text reads differently when special tokens are looked for in it.
bool VisionModel::holds_special_tokens(const std::string& text) const {
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  const auto tokens = [&](bool parse_special) {
    std::vector<llama_token> out(text.size() + 8);
    const auto count = llama_tokenize(vocab, text.data(), static_cast<std::int32_t>(text.size()), out.data(),
                                      static_cast<std::int32_t>(out.size()), false, parse_special);
    out.resize(static_cast<std::size_t>(std::max(0, count)));
    return out;
  };
  return tokens(true) != tokens(false);
}

Result<TokenizedPrompt> VisionModel::tokenize(const Request& request) const {
  auto pieces = template_->render(request.prompt);
  if (!pieces) return pass(pieces);
  // The library adds the beginning-of-sequence token itself where the vocabulary asks for it.
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  if (llama_vocab_get_add_bos(vocab) && !pieces->empty() && !bos_text_.empty() &&
      pieces->front().origin == RenderedPiece::Origin::chat_template && pieces->front().text.starts_with(bos_text_)) {
    pieces->front().text.erase(0, bos_text_.size());
  }
  Sha256 hash;
  std::vector<TextPart> texts;
  std::vector<mtmd::bitmap_ptr> bitmaps;
  std::vector<std::pair<bool, std::size_t>> order;  // (is an image, index into texts or bitmaps)
  for (const auto& piece : *pieces) {
    if (piece.origin == RenderedPiece::Origin::image) {
      const Image& image = *request.images.at(piece.image);
      hash.update_field("image");
      hash.update_field(pixel_hash(image));
      bitmaps.emplace_back(mtmd_bitmap_init(image.width, image.height, image.rgb.data()));
      order.emplace_back(true, bitmaps.size() - 1);
      continue;
    }
    hash.update_field("text");
    hash.update_field(piece.text);
    const bool parse_special =
        piece.origin == RenderedPiece::Origin::chat_template || !holds_special_tokens(piece.text);
    // Neighbours are joined, so that the tokens are those of the whole text, as the model was trained.
    if (!order.empty() && !order.back().first && texts.back().parse_special && parse_special) {
      texts.back().text += piece.text;
    } else {
      texts.push_back({piece.text, parse_special});
      order.emplace_back(false, texts.size() - 1);
    }
  }
  std::vector<mtmd_input_text> inputs;
  inputs.reserve(texts.size());
  for (const auto& text : texts) inputs.push_back({text.text.data(), text.text.size(), false, text.parse_special});
  std::vector<mtmd_input_part> parts;
  parts.reserve(order.size());
  for (const auto& [is_image, index] : order) {
    parts.push_back(is_image ? mtmd_input_part{nullptr, bitmaps[index].get()}
                             : mtmd_input_part{&inputs[index], nullptr});
  }
  std::vector<const mtmd_input_part*> pointers;
  pointers.reserve(parts.size());
  for (const auto& part : parts) pointers.push_back(&part);

  const LogCapture log;
  TokenizedPrompt prompt;
  prompt.chunks.reset(mtmd_input_chunks_init());
  if (mtmd_tokenize_from_parts(projector_.get(), prompt.chunks.get(), pointers.data(), pointers.size(), true) != 0) {
    return fail(ErrorCode::engine, "the image or the prompt cannot be prepared for the model" + log.reason());
  }
  prompt.hash = hash.hex();
  for (std::size_t i = 0; i < mtmd_input_chunks_size(prompt.chunks.get()); ++i) {
    const auto* chunk = mtmd_input_chunks_get(prompt.chunks.get(), i);
    const std::size_t tokens = mtmd_input_chunk_get_n_tokens(chunk);
    prompt.tokens += tokens;
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE) prompt.image_tokens += tokens;
  }
  return prompt;
}

Status VisionModel::evaluate(const TokenizedPrompt& prompt) {
  llama_memory_clear(llama_get_memory(context_.get()), true);
  position_ = 0;
  used_cells_ = 0;
  // Looked at first: the library would pay for the image encoding before it finds that there is no room.
  if (prompt.tokens >= context_size()) {
    return fail(ErrorCode::limit,
                fmt::format("the prompt has {} tokens and the context room for {}", prompt.tokens, context_size()), {},
                "raise --context");
  }
  const LogCapture log;
  const auto failed =
      mtmd_helper_eval_chunks(projector_.get(), context_.get(), prompt.chunks.get(), 0, 0,
                              static_cast<std::int32_t>(llama_n_batch(context_.get())), true, &position_);
  if (abort) return fail(ErrorCode::interrupted, "stopped");
  if (failed != 0) return fail(ErrorCode::engine, fmt::format("the prompt cannot be evaluated{}", log.reason()));
  used_cells_ = prompt.tokens;
  return {};
}

std::span<const float> VisionModel::logits() const {
  const float* values = llama_get_logits_ith(context_.get(), -1);
  if (values == nullptr) return {};
  return {values, static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(model_.get())))};
}

Result<llama_token> VisionModel::greedy_token() const {
  const std::span values = logits();
  if (values.empty()) return fail(ErrorCode::engine, "the model gave no output");
  const auto best = std::max_element(values.begin(), values.end());
  // NaN compares false with everything, so one anywhere could hide the true maximum.
  if (!std::all_of(values.begin(), values.end(), [](float value) { return !std::isnan(value); }) ||
      !std::isfinite(*best)) {
    return fail(ErrorCode::engine, "the model's output is not a number", {}, "its weights may be damaged");
  }
  return static_cast<llama_token>(best - values.begin());
}

llama_token VisionModel::sample_token(llama_sampler* sampler) const {
  return llama_sampler_sample(sampler, context_.get(), -1);
}

Status VisionModel::feed(llama_token token) {
  const LogCapture log;
  llama_batch batch = llama_batch_get_one(&token, 1);
  llama_pos position = position_;
  // Given by hand: after an image with M-RoPE the next position is not the number of cells in use.
  batch.pos = &position;
  const auto failed = llama_decode(context_.get(), batch);
  if (abort) return fail(ErrorCode::interrupted, "stopped");
  if (failed != 0) return fail(ErrorCode::engine, "the model cannot go on" + log.reason());
  ++position_;
  ++used_cells_;
  return {};
}

bool VisionModel::ends_turn(llama_token token) const {
  return llama_vocab_is_eog(llama_model_get_vocab(model_.get()), token);
}

std::string VisionModel::piece(llama_token token) const {
  const llama_vocab* vocab = llama_model_get_vocab(model_.get());
  std::string text(64, '\0');
  auto size = llama_token_to_piece(vocab, token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  if (size < 0) {
    text.resize(static_cast<std::size_t>(-size));
    size = llama_token_to_piece(vocab, token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  }
  text.resize(static_cast<std::size_t>(std::max(0, size)));
  return text;
}

std::size_t VisionModel::free_cells() const {
  const std::size_t size = context_size();
  return used_cells_ < size ? size - used_cells_ : 0;
}

std::uint32_t VisionModel::context_size() const { return llama_n_ctx(context_.get()); }

std::string VisionModel::description() const {
  std::string text(256, '\0');
  const auto size = llama_model_desc(model_.get(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::clamp<std::int32_t>(size, 0, 255)));
  return text;
}

}  // namespace osler
