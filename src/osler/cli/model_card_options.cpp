#include "osler/cli/model_card_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/cli/common.h"
#include "osler/cli/hub_model.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

/// The part of a model's name that cards know: file, repository, or what a server calls it. Empty for recorded
/// responses, whose file may have any name.
std::string_view name_for_card(std::string_view model) {
  if (model.starts_with("replay:")) return {};
  if (model.starts_with(kHubModel)) {
    model.remove_prefix(kHubModel.size());
    return model.substr(0, model.find_first_of(":@"));
  }
  if (model.ends_with(".gguf")) return model.substr(model.rfind('/') + 1);  // npos + 1 is 0
  const auto colon = model.find(':');
  return colon == std::string_view::npos ? model : model.substr(colon + 1);
}

Result<std::optional<ModelCard>> find_card_of(const RunOptions& options) {
  if (options.card == "none") return std::nullopt;
  if (options.card.empty()) return card_for(name_for_card(options.model));
  auto card = find_model_card(options.card);
  if (!card) return pass(card);
  return std::move(*card);
}

/// clip.cpp's own limit. A vision tower's memory grows with the square of the tokens: to go beyond must be meant, by
/// --image-max-tokens.
constexpr std::int32_t kMostImageTokens = 4096;

/// Limits on an image's tokens, where the command line has none that speaks against them. A model whose pictures all
/// have one size has none to set.
void take_image_limits(const ImageTokens& images, LlamaOptions& llama, std::vector<std::string>& taken) {
  if (images.min_tokens == images.max_tokens) return;
  const std::int32_t most = llama.image_max_tokens;
  const std::int32_t least = llama.image_min_tokens;
  const std::int32_t wanted = std::min(images.max_tokens.value_or(0), kMostImageTokens);
  if (wanted > 0 && most == 0 && wanted >= least) {
    llama.image_max_tokens = wanted;
    taken.push_back(fmt::format("images of at most {} tokens", wanted));
  }
  if (images.min_tokens && least == 0 && (most == 0 || *images.min_tokens <= most)) {
    llama.image_min_tokens = *images.min_tokens;
    taken.push_back(fmt::format("images of at least {} tokens", *images.min_tokens));
  }
}

}  // namespace

void add_card_option(CLI::App& command, RunOptions& options) {
  command.add_option("--card", options.card,
                     "Model card: a name, the path of a file (.yaml), or none (default: the one for the model's name)");
}

Status take_model_card(RunOptions& options) {
  auto named = name_hub_model(options);
  if (!named) return pass(named);
  if (options.card.empty() && *named) {
    options.model_card = std::move(*named);
  } else {
    auto card = find_card_of(options);
    if (!card) return pass(card);
    options.model_card = std::move(*card);
  }
  if (!options.model_card) return {};
  const ModelCard& card = *options.model_card;
  std::vector<std::string> taken;
  if (card.thinking && card.thinking->budget && !options.max_new_tokens) {
    taken.push_back(fmt::format("answers of up to {} new tokens", *card.thinking->budget));
  }
  if (card.thinking) taken.push_back(fmt::format("reasoning in {}...{}", card.thinking->open, card.thinking->close));
  take_image_limits(card.images, options.llama, taken);
  options.extra_body = card.extra_body;
  if (!card.extra_body.empty()) taken.push_back("for a server " + card.extra_body);
  note(printable_line(fmt::format("osler: model card {} ({}): {}", card.name, card.title,
                                  taken.empty() ? "changes nothing" : fmt::format("{}", fmt::join(taken, ", ")))));
  return {};
}

void set_answer_length(Decoding& decoding, const RunOptions& options) {
  if (options.max_new_tokens) {
    decoding.max_new_tokens = *options.max_new_tokens;
  } else if (options.model_card && options.model_card->thinking) {
    decoding.max_new_tokens =
        std::max(decoding.max_new_tokens, options.model_card->thinking->budget.value_or(decoding.max_new_tokens));
  }
}

}  // namespace osler::cli
