#include "osler/cli/embed_flow.h"

#include <fmt/format.h>

#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "osler/cli/common.h"
#include "osler/cli/hub_model.h"
#include "osler/cli/model_card_options.h"
#include "osler/cli/progress.h"
#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/dataset/image_ahead.h"
#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/caching_embedder.h"
#include "osler/engine/cache/request_key.h"
#include "osler/engine/llama/llama_embedder.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/openai/openai_embedder.h"
#include "osler/model/model_card.h"
#include "osler/run/image_order.h"

namespace osler::cli {
namespace {

/// Items as requests, in the order in which they are pulled; their pictures are decoded a little ahead. What cannot be
/// decoded goes to the sink.
class ItemRequests : public EmbeddingSource {
 public:
  ItemRequests(std::vector<const Item*> items, DecodeLimits limits, const EmbedOptions& options, bool with_images,
               EmbeddingSink& sink)
      : items_(std::move(items)), instruction_(options.instruction), sink_(sink) {
    if (with_images) images_.emplace(items_, limits);
  }

  [[nodiscard]] std::optional<EmbeddingRequest> next() override {
    while (status_ && next_ < items_.size()) {
      const Item& item = *items_[next_++];
      EmbeddingRequest request{item.id, embedding_text(item), {}, instruction_};
      if (!images_) return request;
      auto images = images_->next();
      if (!images) {
        status_ = sink_.accept({item.id, {}, images.error().message()});
        continue;
      }
      request.images = std::move(images->images);
      return request;
    }
    return std::nullopt;
  }

  /// The failure of the sink that ended the requests before their time, if one did.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  std::vector<const Item*> items_;
  std::string instruction_;
  EmbeddingSink& sink_;
  std::optional<ImageAhead> images_;
  std::size_t next_ = 0;
  Status status_;
};

/// Keeps embeddings by item; by several threads.
class Gathered : public EmbeddingSink {
 public:
  explicit Gathered(std::function<void(std::size_t)> tell) : tell_(std::move(tell)) {}

  [[nodiscard]] Status accept(Embedding embedding) override {
    const std::lock_guard lock(mutex_);
    if (embedding.error.empty()) {
      if (dimensions == 0) dimensions = embedding.vector.size();
      if (embedding.vector.size() != dimensions) {
        return fail(ErrorCode::mismatch, fmt::format("item {} got a vector of {} numbers, others of {}",
                                                     embedding.item_id, embedding.vector.size(), dimensions));
      }
    }
    std::string id = embedding.item_id;
    by_item.insert_or_assign(std::move(id), std::move(embedding));
    tell_(by_item.size());
    return {};
  }

  std::unordered_map<std::string, Embedding> by_item;
  std::size_t dimensions = 0;

 private:
  std::mutex mutex_;
  std::function<void(std::size_t)> tell_;
};

void warn(const Error& error) { note("osler: " + printable_line(error.message())); }

Result<std::filesystem::path> cache_file_of(const CacheOptions& options) {
  if (!options.file.empty()) return options.file;
  if (auto path = cache_file::default_path(cache_file::Kind::embeddings)) return *path;
  return fail(ErrorCode::not_found, "there is no folder for the cache: neither XDG_CACHE_HOME nor HOME is set", {},
              "name a file with --cache");
}

/// The store, or null where there is none to use: as the cache of answers.
Result<std::unique_ptr<EmbeddingStore>> open_store(const EmbedOptions& options) {
  // A server names its model, but nobody can tell from outside whether the weights behind the name are still the same.
  const bool may_have_changed = is_served(options) && options.cache.file.empty();
  if (options.cache.off || may_have_changed) return nullptr;
  const auto path = cache_file_of(options.cache);
  if (!path) {
    warn(path.error());
    return nullptr;
  }
  auto store = EmbeddingStore::open(*path, warn);
  if (store) return store;
  const bool not_a_cache = store.error().code == ErrorCode::malformed || store.error().code == ErrorCode::unsupported;
  if (not_a_cache && !options.cache.file.empty()) return store;
  Error error = store.error();
  error.what += ": vectors are neither looked for nor kept there";
  warn(error);
  return nullptr;
}

/// How the model's card says that it embeds; puts the card's limits into the options where these have none.
Result<EmbeddingRecipe> take_recipe(EmbedOptions& options) {
  const bool has_least = options.llama.image_min_tokens > 0;
  const bool has_most = options.llama.image_max_tokens > 0;
  RunOptions run;
  static_cast<EngineOptions&>(run) = options;
  run.card = options.card;
  if (auto status = take_model_card(run); !status) return pass(status);
  static_cast<EngineOptions&>(options) = run;
  EmbeddingRecipe recipe;
  if (run.model_card && run.model_card->embedding) recipe = *run.model_card->embedding;
  if (recipe.min_image_tokens && !has_least) options.llama.image_min_tokens = *recipe.min_image_tokens;
  if (recipe.max_image_tokens && !has_most) options.llama.image_max_tokens = *recipe.max_image_tokens;
  return recipe;
}

Result<std::unique_ptr<Embedder>> open_in_process(const EmbedOptions& options, const EmbeddingRecipe& recipe,
                                                  const std::stop_token& stop) {
  if (!options.model.ends_with(".gguf")) {
    return fail(ErrorCode::usage, fmt::format("'{}' is not a model that embeds", options.model), {},
                "give the path of a .gguf file, hf:ORG/NAME[:QUANT], the name of a model card (osler models list), or "
                "openai:NAME for a model that is served");
  }
  LlamaOptions llama = options.llama;
  llama.model = options.model;
  set_library_logging(options.verbose);
  Progress progress(llama.model.filename().string());
  auto embedder = open_llama_embedder(llama, recipe, [&](float fraction) {
    progress.loading(fraction);
    return !stop.stop_requested();
  });
  progress.finish();
  return embedder;
}

Result<std::unique_ptr<Embedder>> open_served(const EmbedOptions& options, const EmbeddingRecipe& recipe,
                                              const std::stop_token& stop) {
  const auto server = served_options(options.model.substr(kServed.size()), options.server, options.parallel,
                                     options.stall_timeout, options.extra_body);
  if (!server) return pass(server);
  return open_openai_embedder(*server, recipe, stop);
}

}  // namespace

void add_embed_options(CLI::App& command, EmbedOptions& options) {
  command.add_option("--card", options.card,
                     "Model card: a name, the path of a file (.yaml), or none (default: the one for the model's name)");
  command.add_option("--instruction", options.instruction,
                     "What the vectors are for, in words for the model (default: its card's)");
  command.add_option("--max-megapixels", options.max_megapixels, "Refuse larger images")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  auto* file = command.add_option("--embedding-cache", options.cache.file,
                                  "File of vectors that need not be made again (default: in your cache folder)");
  command.add_flag("--no-embedding-cache", options.cache.off, "Make every vector anew, and keep none")->excludes(file);
  add_engine_options(command, options);
}

std::string embedding_text(const Item& item) {
  std::string text = item.question;
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    const bool has_letter = i < kLetters;
    text += has_letter ? fmt::format("\n{}. {}", option_letter(i), item.options[i]) : "\n" + item.options[i];
  }
  return text;
}

Result<std::unique_ptr<Embedder>> open_embedder(EmbedOptions options, const std::stop_token& stop) {
  const auto recipe = take_recipe(options);
  if (!recipe) return pass(recipe);
  if (auto status = fetch_hub_model(options, stop); !status) return pass(status);
  // Before the model, which may take minutes to load.
  auto store = open_store(options);
  if (!store) return pass(store);
  auto embedder = is_served(options) ? open_served(options, *recipe, stop) : open_in_process(options, *recipe, stop);
  if (!embedder) return embedder;
  if (!(*embedder)->sees_images()) note("osler: " + (*embedder)->facts().model + " embeds texts alone, without images");
  if (*store == nullptr) return embedder;
  return std::make_unique<CachingEmbedder>(std::move(*embedder), std::move(*store));
}

Result<EmbeddedItems> embed_items(Embedder& embedder, const std::vector<Item>& items, const EmbedOptions& options,
                                  const std::stop_token& stop) {
  Progress progress("embedding with " + embedder.facts().model);
  DecodeLimits limits;
  limits.max_pixels = options.max_megapixels * 1'000'000;
  limits.keep_original = embedder.wants_original_images();
  std::vector<const Item*> order;
  order.reserve(items.size());
  for (const auto& item : items) order.push_back(&item);
  const auto arranging = [&](std::uint64_t done, std::uint64_t total) { progress.arranging(done, total); };
  if (embedder.sees_images()) order = in_image_order(order, limits, stop, arranging);
  Gathered gathered([&](std::size_t done) { progress.counted(done, items.size()); });
  ItemRequests source(std::move(order), limits, options, embedder.sees_images(), gathered);
  auto status = embedder.embed(source, gathered, stop);
  progress.finish();
  if (!source.status()) return pass(source.status());
  if (!status) return pass(status);
  EmbeddedItems out;
  const std::string fingerprint = engine_fingerprint(embedder.facts());
  // Without the model's name: a file that is renamed embeds as before.
  out.identity = fmt::format("{} {}", embedder.facts().kind, sha256_hex(fingerprint));
  out.dimensions = gathered.dimensions;
  out.values.reserve(items.size() * out.dimensions);
  for (const auto& item : items) {
    const auto found = gathered.by_item.find(item.id);
    if (found == gathered.by_item.end()) {
      return fail(ErrorCode::engine, fmt::format("the model returned nothing for item {}", item.id));
    }
    const Embedding& embedding = found->second;
    if (!embedding.error.empty()) {
      out.errors.emplace_back(item.id, embedding.error);
      continue;
    }
    out.cached += embedding.cached ? 1 : 0;
    out.item_ids.push_back(item.id);
    out.values.insert(out.values.end(), embedding.vector.begin(), embedding.vector.end());
  }
  if (out.item_ids.empty() && !out.errors.empty()) {
    return fail(ErrorCode::engine,
                fmt::format("none of {} items could be embedded; the first: {}", items.size(), out.errors[0].second));
  }
  return out;
}

}  // namespace osler::cli
