#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/embedding_recipe.h"
#include "osler/core/error.h"

namespace osler {

enum class ModelClass { general, medical };

/// "general" or "medical".
[[nodiscard]] std::string_view name_of(ModelClass model_class);

/// Where a hub has the model as GGUF files.
struct GgufSource {
  std::string repo;      ///< "org/name".
  std::string revision;  ///< Empty: main.
  std::string quant;     ///< "Q8_0"; empty: the usual one.
  std::string mmproj;    ///< The projector's file in the repository; empty: the nearest to the model.
  bool verified = true;  ///< Whether somebody has run it.
};

/// How many tokens a picture becomes.
struct ImageTokens {
  std::optional<std::int32_t> min_tokens;
  std::optional<std::int32_t> max_tokens;
  std::string tokens_from;  ///< What a token stands for, in words: "28x28 pixels".
};

/// How the model reasons before it answers.
struct Thinking {
  std::string open;
  std::string close;
  std::optional<std::int32_t> budget;  ///< New tokens that reasoning and answer may need.
};

/// What the model's authors recommend; shown, and applied by nobody.
struct RecommendedDecoding {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int32_t> top_k;
  std::optional<double> repetition_penalty;
  std::optional<std::int32_t> max_new_tokens;
};

/// The server that runs the model where llama.cpp cannot, or that its authors recommend.
struct ServingRecipe {
  std::string server;
  std::string command;
  std::string why;
};

/// A pitfall, and where it is known from.
struct ModelNote {
  std::string text;
  std::string source;
  bool verified = true;
};

/// What is known about a model: models/*.yaml. A model runs without one; a card supplies defaults.
struct ModelCard {
  std::string name;
  std::string title;
  ModelClass model_class = ModelClass::general;
  double parameters = 0.0;  ///< Billions, with the vision tower.
  std::string family;       ///< Of its architecture.
  std::string base;         ///< The card or hub name of the model that it was trained from; may be empty.
  std::string hub;          ///< The original weights, "org/name".
  std::string licence;
  bool gated = false;                  ///< The hub wants its terms accepted first.
  std::string published_as;            ///< Its name in published tables; may be empty.
  std::vector<std::string> matches;    ///< Patterns of names that mean this model, in lower case.
  std::vector<std::string> not_these;  ///< Patterns of names that do not, though they match.
  std::optional<GgufSource> gguf;
  ImageTokens images;
  std::optional<Thinking> thinking;
  std::optional<EmbeddingRecipe> embedding;  ///< Of a model that was made to embed.
  RecommendedDecoding decoding;
  std::string extra_body;  ///< A JSON object that every request to a server gets; empty: nothing.
  std::optional<ServingRecipe> serving;
  std::vector<ModelNote> notes;
  std::string text;  ///< The card as written: kept with every run, for grading it again.
  std::string hash;  ///< SHA-256 of the text.
};

/// Parses a card; errors name the line of `file`.
[[nodiscard]] Result<ModelCard> parse_model_card(const std::string& text, const std::string& file);

/// A card by name (those that travel in the binary) or by path (anything that ends in .yaml or .yml).
[[nodiscard]] Result<ModelCard> find_model_card(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> model_card_names();

/// All that travel in the binary, by name.
[[nodiscard]] std::vector<ModelCard> model_cards();

/// The card that means a model: of file names, repositories on a hub and names that servers use, letters of either
/// case. The card whose pattern says most (has the most characters beside '*') counts; its own name says everything.
[[nodiscard]] std::optional<ModelCard> card_for(std::string_view model_name);
[[nodiscard]] std::optional<ModelCard> card_for(std::string_view model_name, const std::vector<ModelCard>& cards);

}  // namespace osler
