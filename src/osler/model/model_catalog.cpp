#include <algorithm>
#include <limits>
#include <utility>

#include "osler/core/glob.h"
#include "osler/model/model_card.h"
#include "osler/storage/shipped.h"

namespace osler {
namespace {

constexpr ShippedKind kModels{"models/", "model card", "a card of your own", true};

/// How much the longest alternative of the patterns that match says about a name: its characters beside '*'; 0 if none
/// matches.
std::size_t said_about(std::string_view name, const std::vector<std::string>& patterns) {
  std::size_t most = 0;
  for (const auto& pattern : patterns) {
    for (const auto& alternative : glob_alternatives(pattern)) {
      if (!glob_matches(name, alternative)) continue;
      const auto stars = static_cast<std::size_t>(std::ranges::count(alternative, '*'));
      most = std::max(most, alternative.size() - stars);
    }
  }
  return most;
}

}  // namespace

std::vector<std::string> model_card_names() { return shipped_names(kModels); }

std::vector<ModelCard> model_cards() {
  std::vector<ModelCard> cards;
  for (const auto& name : model_card_names()) {
    // The tests see to it that all of them parse.
    if (auto card = find_model_card(name)) cards.push_back(std::move(*card));
  }
  return cards;
}

Result<ModelCard> find_model_card(const std::string& name_or_path) {
  const auto found = find_shipped(kModels, name_or_path);
  if (!found) return pass(found);
  return parse_model_card(found->text, found->file);
}

std::optional<ModelCard> card_for(std::string_view model_name) { return card_for(model_name, model_cards()); }

std::optional<ModelCard> card_for(std::string_view model_name, const std::vector<ModelCard>& cards) {
  std::string name(model_name);
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  const ModelCard* best = nullptr;
  std::size_t most = 0;
  for (const auto& card : cards) {
    if (card.name == name) return card;
    const std::size_t said = said_about(name, card.matches);
    if (said <= most || said_about(name, card.not_these) > 0) continue;
    most = said;
    best = &card;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace osler
