#include "osler/engine/llama/llama_embedder.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "osler/core/hash.h"
#include "osler/engine/llama/context_settings.h"
#include "osler/engine/llama/embedding_prompt.h"
#include "osler/engine/llama/evaluator.h"
#include "osler/engine/llama/image_encoder.h"
#include "osler/engine/llama/llama_facts.h"
#include "osler/engine/llama/one_by_one.h"
#include "osler/engine/llama/prepared_requests.h"
#include "osler/engine/llama/vision_model.h"

namespace osler {
namespace {

constexpr std::size_t kAhead = 4;

/// Embedding requests as requests for prompts. A picture in its first size is made once for the items that follow one
/// another on it.
class AsTurns : public RequestSource {
 public:
  AsTurns(EmbeddingSource& source, const EmbeddingRecipe& recipe, bool sees_images)
      : source_(source), recipe_(recipe), sees_images_(sees_images) {}

  [[nodiscard]] std::optional<Request> next() override {
    auto request = source_.next();
    if (!request) return std::nullopt;
    if (request->images != given_) {
      given_ = request->images;
      shown_ = sees_images_ ? shown_pictures(given_, recipe_) : Pictures();
    }
    request->images = shown_;
    return embedding_turn(std::move(*request), recipe_);
  }

 private:
  EmbeddingSource& source_;
  const EmbeddingRecipe& recipe_;
  bool sees_images_;
  Pictures given_;
  Pictures shown_;
};

class LlamaEmbedder : public Embedder {
 public:
  LlamaEmbedder(std::unique_ptr<VisionModel> model, EmbeddingRecipe recipe, EngineFacts facts,
                const ContextSettings& settings, const LlamaOptions& options)
      : model_(std::move(model)),
        recipe_(std::move(recipe)),
        facts_(std::move(facts)),
        preparer_(*model_, [this](const Prompt& prompt) { return render(prompt); }),
        encoder_(*model_, options.sharing == Sharing::none ? 0 : options.image_cache),
        evaluator_(*model_, encoder_, settings, abort_),
        share_(options.sharing != Sharing::none && model_->can_share()) {}

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] bool sees_images() const override { return model_->projector() != nullptr; }

  [[nodiscard]] Status embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token stop) override {
    abort_ = false;
    const std::stop_callback on_stop(stop, [this] { abort_ = true; });
    AsTurns turns(source, recipe_, sees_images());
    PreparedRequests requests(turns, preparer_, kAhead, stop);
    auto status = embed_in_turn(requests, sink);
    if (status && !stop.stop_requested()) return status;
    // What was half done is not to be built upon.
    evaluator_.forget_all();
    if (stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
    return status;
  }

 private:
  Result<std::vector<RenderedPiece>> render(const Prompt& prompt) const {
    if (recipe_.prompt.empty()) return model_->chat_template().render(prompt);
    return embedding_pieces(recipe_.prompt, prompt);
  }

  Status embed_in_turn(PreparedRequests& requests, EmbeddingSink& sink) {
    while (auto request = requests.take()) {
      Embedding embedding;
      embedding.item_id = std::move(request->request.item_id);
      auto vector = vector_of(request->prompt);
      if (vector) {
        embedding.vector = std::move(*vector);
      } else {
        if (vector.error().code == ErrorCode::interrupted) return pass(vector);
        // The next item must not inherit what went wrong.
        evaluator_.wipe();
        embedding.error = vector.error().message();
      }
      if (auto status = sink.accept(std::move(embedding)); !status) return status;
    }
    return {};
  }

  Result<std::vector<float>> vector_of(Result<PreparedPrompt>& prompt) {
    if (!prompt) return pass(prompt);
    if (recipe_.most_tokens) {
      if (auto status = cut_to(*prompt, *recipe_.most_tokens); !status) return pass(status);
    }
    if (auto status = make_room(*prompt); !status) return pass(status);
    if (auto status = evaluator_.begin(*prompt, share_); !status) return pass(status);
    auto vector = pooled(*prompt);
    if (!vector) return vector;
    if (auto status = normalize(*vector); !status) return pass(status);
    return vector;
  }

  /// Looked at first: the image would be encoded before it is found that there is no room.
  Status make_room(const PreparedPrompt& prompt) {
    Decoding nothing;
    nothing.max_new_tokens = 1;
    const auto cells = cells_needed(evaluator_, prompt, nothing);
    if (!cells) return pass(cells);
    if (auto status = evaluator_.reserve(*cells, 1); !status) return status;
    return check_room(prompt, evaluator_.cells());
  }

  Result<std::vector<float>> pooled(const PreparedPrompt& prompt) {
    if (recipe_.pooling == Pooling::last_token) return evaluator_.last_state(prompt);
    const auto sum = evaluator_.sum_of_states(prompt);
    if (!sum) return pass(sum);
    const auto tokens = static_cast<double>(prompt.cells);
    std::vector<float> mean;
    mean.reserve(sum->size());
    for (const double value : *sum) mean.push_back(static_cast<float>(value / tokens));
    return mean;
  }

  std::atomic<bool> abort_{false};  ///< While set, a decode under way returns early.
  std::unique_ptr<VisionModel> model_;
  EmbeddingRecipe recipe_;
  EngineFacts facts_;
  PromptPreparer preparer_;
  ImageEncoder encoder_;
  Evaluator evaluator_;
  bool share_;
};

std::string first_size(const EmbeddingRecipe& recipe) {
  if (!recipe.first_resize) return "none";
  const FirstResize& first = *recipe.first_resize;
  return fmt::format("multiples of {}, {} to {} squares of it", first.side, first.min_tokens, first.max_tokens);
}

/// What the vectors depend on beside the model.
void add_recipe(const EmbeddingRecipe& recipe, const VisionModel& model, EngineFacts& facts) {
  const auto limit = [](const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : std::string("none");
  };
  facts.identity["embedding_pooling"] = recipe.pooling == Pooling::mean ? "mean" : "last token";
  facts.identity["embedding_prompt_sha256"] = recipe.prompt.empty() ? "chat template" : sha256_hex(recipe.prompt);
  facts.identity["embedding_instruction"] = recipe.instruction;
  facts.identity["embedding_most_tokens"] = limit(recipe.most_tokens);
  facts.identity["embedding_most_images"] = limit(recipe.most_images);
  facts.identity["embedding_first_size"] = first_size(recipe);
  facts.identity["embedding_input"] = model.projector() == nullptr ? "text only" : "text and images";
  facts.details["embedding_dimensions"] = std::to_string(model.state_width());
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_llama_embedder(const LlamaOptions& options, const EmbeddingRecipe& recipe,
                                                      const std::function<bool(float)>& progress) {
  LlamaOptions own = options;
  if (own.sharing == Sharing::batched) own.sharing = Sharing::exact;
  auto model = VisionModel::load(own, progress, {.projector = false, .chat_template = recipe.prompt.empty()});
  if (!model) return pass(model);
  if (recipe.dimensions && *recipe.dimensions != (*model)->state_width()) {
    return fail(ErrorCode::mismatch,
                fmt::format("gives vectors of {} numbers, and its model card says {}", (*model)->state_width(),
                            *recipe.dimensions),
                {own.model.string()}, "the card is another model's: give the right one, or --card none");
  }
  auto settings = settings_for(**model, own);
  if (!settings) return pass(settings);
  settings->states = recipe.pooling == Pooling::mean ? StatesRead::all_tokens : StatesRead::last_token;
  auto facts = llama_facts(**model, own, *settings, progress);
  if (!facts) return pass(facts);
  add_recipe(recipe, **model, *facts);
  return std::unique_ptr<Embedder>(
      std::make_unique<LlamaEmbedder>(std::move(*model), recipe, std::move(*facts), *settings, own));
}

}  // namespace osler
