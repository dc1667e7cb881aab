#include "osler/engine/openai/openai_embedder.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "osler/core/utf8.h"
#include "osler/engine/openai/embedding_traffic.h"
#include "osler/engine/openai/endpoints.h"

namespace osler {
namespace {

using openai::Endpoint;
using openai::ServerFacts;
using openai::ServerKind;
using openai::TrafficSettings;

/// Shows of each item as many pictures as the recipe does.
class FewerPictures : public EmbeddingSource {
 public:
  FewerPictures(EmbeddingSource& source, const EmbeddingRecipe& recipe) : source_(source), recipe_(recipe) {}

  [[nodiscard]] std::optional<EmbeddingRequest> next() override {
    auto request = source_.next();
    if (request && recipe_.most_images && request->images.size() > *recipe_.most_images) {
      request->images.resize(*recipe_.most_images);
    }
    return request;
  }

 private:
  EmbeddingSource& source_;
  const EmbeddingRecipe& recipe_;
};

/// Refuses vectors of another size than the model's card says.
class OfOneSize : public EmbeddingSink {
 public:
  OfOneSize(EmbeddingSink& sink, const EmbeddingRecipe& recipe, const std::string& host)
      : sink_(sink), recipe_(recipe), host_(host) {}

  [[nodiscard]] Status accept(Embedding embedding) override {
    const bool is_vector = embedding.error.empty();
    if (is_vector && recipe_.dimensions && embedding.vector.size() != *recipe_.dimensions) {
      return fail(ErrorCode::mismatch,
                  fmt::format("{} gives vectors of {} numbers, and the model's card says {}", host_,
                              embedding.vector.size(), *recipe_.dimensions),
                  {}, "the card is another model's: give the right one, or --card none");
    }
    return sink_.accept(std::move(embedding));
  }

 private:
  EmbeddingSink& sink_;
  const EmbeddingRecipe& recipe_;
  const std::string& host_;
};

class OpenAiEmbedder : public Embedder {
 public:
  OpenAiEmbedder(std::vector<Endpoint> endpoints, TrafficSettings settings, EmbeddingRecipe recipe, EngineFacts facts)
      : endpoints_(std::move(endpoints)),
        settings_(std::move(settings)),
        recipe_(std::move(recipe)),
        facts_(std::move(facts)) {}

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] bool sees_images() const override { return settings_.chat.kind == ServerKind::vllm; }
  [[nodiscard]] bool wants_original_images() const override { return sees_images(); }

  [[nodiscard]] Status embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token stop) override {
    FewerPictures pictures(source, recipe_);
    OfOneSize vectors(sink, recipe_, endpoints_.front().host);
    openai::EmbeddingTraffic traffic(endpoints_, settings_, recipe_.instruction, sees_images());
    return traffic.run(pictures, vectors, stop);
  }

 private:
  std::vector<Endpoint> endpoints_;
  TrafficSettings settings_;
  EmbeddingRecipe recipe_;
  EngineFacts facts_;
};

EngineFacts describe(const OpenAiOptions& options, const TrafficSettings& settings, const EmbeddingRecipe& recipe,
                     const ServerFacts& server) {
  EngineFacts facts;
  facts.kind = "openai";
  facts.model = openai::short_name(options.model);
  const bool with_images = server.kind == ServerKind::vllm;
  facts.identity = {{"served_model", printable_line(options.model)},
                    {"server", server.name()},
                    {"extra_body", dump_json(settings.chat.extra_body)},
                    {"embedding_instruction", with_images ? recipe.instruction : std::string()},
                    {"embedding_most_images", recipe.most_images ? std::to_string(*recipe.most_images) : "none"},
                    {"embedding_input", with_images ? "text and images" : "text only"}};
  if (!server.weights.empty()) facts.identity["served_weights"] = server.weights;
  facts.details = {{"parallel", std::to_string(settings.parallel)}};
  return facts;
}

}  // namespace

Result<std::unique_ptr<Embedder>> open_openai_embedder(const OpenAiOptions& options, const EmbeddingRecipe& recipe,
                                                       const std::stop_token& stop) {
  auto endpoints = openai::endpoints_of(options);
  if (!endpoints) return pass(endpoints);
  auto settings = openai::settings_of(options);
  if (!settings) return pass(settings);
  const auto server = openai::probe_all(*endpoints, *settings, stop);
  if (!server) return pass(server);
  settings->chat.kind = server->kind;
  // As for answers: a kept connection may wait for a thread that llama-server does not have.
  settings->http.keep_connections = server->kind != ServerKind::llama_server;
  auto facts = describe(options, *settings, recipe, *server);
  return std::unique_ptr<Embedder>(
      std::make_unique<OpenAiEmbedder>(std::move(*endpoints), std::move(*settings), recipe, std::move(facts)));
}

}  // namespace osler
