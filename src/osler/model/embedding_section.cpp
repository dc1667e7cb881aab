#include "osler/model/embedding_section.h"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <string_view>

namespace osler {
namespace {

/// More than any model has; keeps products of them from overflowing.
constexpr std::int64_t kMost = 1'000'000;

std::optional<std::int32_t> positive(YamlMap& map, const std::string& key) {
  if (!map.has(key)) return std::nullopt;
  const auto value = map.integer_or(key, 1);
  if (value >= 1 && value <= kMost) return static_cast<std::int32_t>(value);
  map.complain(key, fmt::format("'{}' must be from 1 to {}", key, kMost));
  return std::nullopt;
}

std::optional<std::uint64_t> count(YamlMap& map, const std::string& key) {
  const auto value = positive(map, key);
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

void check_prompt(YamlMap& map, const std::string& prompt) {
  if (prompt.empty()) return;
  for (const std::string_view place : {"{instruction}", "{image}", "{text}"}) {
    const auto first = prompt.find(place);
    if (first != std::string::npos && prompt.find(place, first + 1) != std::string::npos) {
      map.complain("prompt", fmt::format("'prompt' holds {} twice", place));
    }
  }
  if (prompt.find("{text}") == std::string::npos) {
    map.complain("prompt", "'prompt' has no place for the item", "write {text} where it stands");
  }
  if (prompt.ends_with("{image}")) map.complain("prompt", "'prompt' ends in an image, behind which no token stands");
}

FirstResize parse_first_resize(YamlMap map) {
  map.allow_only({"side", "min_tokens", "max_tokens"});
  FirstResize first;
  const auto set = [&map](const std::string& key, auto& into) {
    if (const auto value = positive(map, key)) into = static_cast<std::uint32_t>(*value);
  };
  set("side", first.side);
  set("min_tokens", first.min_tokens);
  set("max_tokens", first.max_tokens);
  if (first.min_tokens > first.max_tokens) map.complain("min_tokens", "'min_tokens' is more than 'max_tokens'");
  constexpr std::uint32_t kLongestSide = 4096;
  if (first.side > kLongestSide) map.complain("side", fmt::format("'side' must be at most {}", kLongestSide));
  // Sides are counted in 32 bits, and a picture of that size must be held.
  constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 27U;
  if (first.max_tokens * first.side * first.side > kMostPixels) {
    map.complain("max_tokens", "'max_tokens' allows pictures of more than 134 megapixels");
  }
  return first;
}

}  // namespace

EmbeddingRecipe parse_embedding(YamlMap map) {
  map.allow_only({"pooling", "prompt", "instruction", "min_image_tokens", "max_image_tokens", "most_images",
                  "most_tokens", "first_resize", "dimensions"});
  EmbeddingRecipe recipe;
  const std::string pooling = map.text("pooling");
  if (pooling == "mean") {
    recipe.pooling = Pooling::mean;
  } else if (map.has("pooling") && pooling != "last_token") {
    map.complain("pooling", fmt::format("unknown pooling '{}'", pooling), "known: last_token, mean");
  }
  recipe.prompt = map.text_or("prompt", "");
  check_prompt(map, recipe.prompt);
  recipe.instruction = map.text_or("instruction", "");
  recipe.min_image_tokens = positive(map, "min_image_tokens");
  recipe.max_image_tokens = positive(map, "max_image_tokens");
  if (recipe.min_image_tokens && recipe.max_image_tokens && *recipe.min_image_tokens > *recipe.max_image_tokens) {
    map.complain("min_image_tokens", "'min_image_tokens' is more than 'max_image_tokens'");
  }
  recipe.most_images = count(map, "most_images");
  recipe.most_tokens = count(map, "most_tokens");
  if (map.has("first_resize")) recipe.first_resize = parse_first_resize(map.child("first_resize"));
  recipe.dimensions = count(map, "dimensions");
  return recipe;
}

}  // namespace osler
