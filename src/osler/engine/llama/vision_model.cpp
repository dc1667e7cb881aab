#include "osler/engine/llama/vision_model.h"

#include <algorithm>

#include "osler/core/hash.h"
#include "osler/core/machine.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

using Progress = std::function<bool(float)>;

bool report_progress(float fraction, void* user_data) { return (*static_cast<const Progress*>(user_data))(fraction); }

// The libraries' interfaces are C: they hand the pointer back unchanged.
void* as_user_data(const Progress& progress) { return const_cast<Progress*>(&progress); }

Status stopped_while_loading(const std::filesystem::path& file) {
  return fail(ErrorCode::interrupted, "stopped while loading", {file.string()}, "start the same command again");
}

/// How much of what is to be read is the text model.
float share_of_model(const ModelFiles& files) {
  const auto model = static_cast<float>(files.model_facts.bytes);
  return model / (model + static_cast<float>(files.projector_facts.bytes));
}

}  // namespace

Result<std::unique_ptr<VisionModel>> VisionModel::load(const LlamaOptions& options,
                                                       const std::function<bool(float)>& progress, ModelNeeds needs) {
  auto files = find_model_files(options.model, options.projector, !needs.projector);
  if (!files) return pass(files);
  llama_backend_init();
  std::unique_ptr<VisionModel> self(new VisionModel(std::move(*files)));
  self->threads_ = options.threads > 0 ? options.threads : usable_cpus();
  // One progress over both files.
  const float split = share_of_model(self->files_);
  const Progress of_model = [&](float fraction) { return !progress || progress(split * fraction); };
  const Progress of_projector = [&](float fraction) { return !progress || progress(split + (1 - split) * fraction); };
  if (auto status = self->load_model(options, of_model); !status) return pass(status);
  if (auto status = self->load_template(options, needs.chat_template); !status) return pass(status);
  if (self->files_.projector.empty()) return self;
  if (auto status = self->load_projector(options, of_projector); !status) return pass(status);
  return self;
}

Status VisionModel::load_model(const LlamaOptions& options, const std::function<bool(float)>& progress) {
  const LogCapture log;
  auto params = llama_model_default_params();
  params.n_gpu_layers = options.gpu_layers;
  // Repacked weights are multiplied in other orders for one row than for many.
  params.use_extra_bufts = !options.deterministic;
  params.progress_callback = report_progress;
  params.progress_callback_user_data = as_user_data(progress);
  model_.reset(llama_model_load_from_file(files_.model.c_str(), params));
  if (model_ == nullptr && !progress(0.0F)) return stopped_while_loading(files_.model);
  if (model_ == nullptr) {
    return fail(ErrorCode::engine, "llama.cpp cannot load the model" + log.reason(), {files_.model.string()},
                "the file may be damaged, or its architecture newer than this build");
  }
  return {};
}

Status VisionModel::load_template(const LlamaOptions& options, bool is_needed) {
  const std::string start = token_text(llama_vocab_bos(vocab()));
  if (llama_vocab_get_add_bos(vocab())) added_start_ = start;
  std::string source;
  if (!options.chat_template.empty()) {
    auto text = read_file(options.chat_template, 1 << 20);
    if (!text) return pass(text);
    source = std::move(*text);
  } else if (const char* own = llama_model_chat_template(model_.get(), nullptr); own != nullptr) {
    source = own;
  } else if (!is_needed) {
    return {};
  } else {
    return fail(ErrorCode::engine, "the model carries no chat template", {files_.model.string()},
                "give its template (Jinja) with --chat-template FILE");
  }
  auto parsed = ChatTemplate::parse(source, start, token_text(llama_vocab_eos(vocab())));
  if (!parsed) {
    Error error = parsed.error();
    error.where.file = options.chat_template.empty() ? files_.model.string() : options.chat_template.string();
    return tl::unexpected<Error>(std::move(error));
  }
  template_ = std::move(*parsed);
  template_hash_ = sha256_hex(source);
  return {};
}

Status VisionModel::load_projector(const LlamaOptions& options, const std::function<bool(float)>& progress) {
  const auto head = GgufHead::open(files_.projector);
  if (!head) return pass(head);
  image_size_rule_ = ImageSizeRule::of(*head, options);
  const LogCapture log;
  auto params = mtmd_context_params_default();
  params.use_gpu = options.gpu_layers != 0;
  params.print_timings = false;
  params.n_threads = threads_;
  params.warmup = false;
  params.progress_callback = report_progress;
  params.progress_callback_user_data = as_user_data(progress);
  if (image_size_rule_.image_min_tokens > 0) params.image_min_tokens = image_size_rule_.image_min_tokens;
  if (image_size_rule_.image_max_tokens > 0) params.image_max_tokens = image_size_rule_.image_max_tokens;
  projector_.reset(mtmd_init_from_file(files_.projector.c_str(), model_.get(), params));
  if (projector_ == nullptr && !progress(0.0F)) return stopped_while_loading(files_.projector);
  if (projector_ == nullptr || !mtmd_support_vision(projector_.get())) {
    return fail(ErrorCode::mismatch, "llama.cpp cannot use this vision projector with the model" + log.reason(),
                {files_.projector.string()}, "give the mmproj that was converted together with the model");
  }
  return {};
}

std::string VisionModel::token_text(llama_token token) const {
  if (token == LLAMA_TOKEN_NULL) return {};
  const char* text = llama_vocab_get_text(vocab(), token);
  return text == nullptr ? std::string() : std::string(text);
}

std::vector<llama_token> VisionModel::tokens(const std::string& text, bool parse_special) const {
  std::vector<llama_token> out(text.size() + 8);
  const auto count = llama_tokenize(vocab(), text.data(), static_cast<std::int32_t>(text.size()), out.data(),
                                    static_cast<std::int32_t>(out.size()), false, parse_special);
  out.resize(static_cast<std::size_t>(std::max(0, count)));
  return out;
}

bool VisionModel::ends_turn(llama_token token) const { return llama_vocab_is_eog(vocab(), token); }

std::string VisionModel::piece(llama_token token) const {
  std::string text(64, '\0');
  auto size = llama_token_to_piece(vocab(), token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  if (size < 0) {
    text.resize(static_cast<std::size_t>(-size));
    size = llama_token_to_piece(vocab(), token, text.data(), static_cast<std::int32_t>(text.size()), 0, false);
  }
  text.resize(static_cast<std::size_t>(std::max(0, size)));
  return text;
}

std::size_t VisionModel::vocabulary() const {
  return static_cast<std::size_t>(std::max(0, llama_vocab_n_tokens(vocab())));
}

std::size_t VisionModel::embedding_width() const {
  return static_cast<std::size_t>(std::max(0, llama_model_n_embd_inp(model_.get())));
}

std::optional<llama_token> VisionModel::added_start_token() const {
  const llama_token start = llama_vocab_bos(vocab());
  if (start == LLAMA_TOKEN_NULL || !llama_vocab_get_add_bos(vocab())) return std::nullopt;
  return start;
}

std::size_t VisionModel::state_width() const {
  return static_cast<std::size_t>(std::max(0, llama_model_n_embd_out(model_.get())));
}

std::size_t VisionModel::trained_context() const {
  return static_cast<std::size_t>(std::max(0, llama_model_n_ctx_train(model_.get())));
}

bool VisionModel::can_share() const {
  return !llama_model_is_recurrent(model_.get()) && !llama_model_is_hybrid(model_.get());
}

std::string VisionModel::description() const {
  std::string text(256, '\0');
  const auto size = llama_model_desc(model_.get(), text.data(), text.size());
  text.resize(static_cast<std::size_t>(std::clamp<std::int32_t>(size, 0, 255)));
  return text;
}

}  // namespace osler
