#include "osler/model/model_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/model/embedding_section.h"
#include "osler/storage/hub_cache.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

std::optional<std::int32_t> positive(YamlMap& map, const std::string& key) {
  if (!map.has(key)) return std::nullopt;
  const auto value = map.integer_or(key, 1);
  if (value < 1 || value > std::numeric_limits<std::int32_t>::max()) {
    map.complain(key, fmt::format("'{}' must be positive", key));
    return std::nullopt;
  }
  return static_cast<std::int32_t>(value);
}

std::optional<double> number_above(YamlMap& map, const std::string& key, double least, bool least_too) {
  if (!map.has(key)) return std::nullopt;
  const double value = map.number_or(key, 1.0);
  if (value < least || (value == least && !least_too)) {
    map.complain(key, fmt::format("'{}' must {}", key, least_too ? "not be negative" : "be positive"));
  }
  return value;
}

void parse_name(YamlMap& map, ModelCard& card) {
  card.name = map.name("name");
  if (card.name != in_lower_case(card.name) || card.name.find('_') != std::string::npos) {
    map.complain("name", fmt::format("'{}' cannot be a model's name", card.name),
                 "use lower-case letters, digits, '-' and '.'");
  }
  const std::string model_class = map.text("class");
  if (model_class == "medical") {
    card.model_class = ModelClass::medical;
  } else if (map.has("class") && model_class != "general") {
    map.complain("class", fmt::format("unknown class '{}'", model_class), "known: general, medical");
  }
}

/// The key's repository; a fault if it is none.
std::string repository(YamlMap& map, const std::string& key) {
  std::string repo = map.text(key);
  if (const auto status = check_repo_name(repo); !status && map.has(key)) {
    map.complain(key, status.error().what, status.error().way_out);
  }
  return repo;
}

void parse_patterns(YamlMap& map, ModelCard& card) {
  for (auto& pattern : map.texts("matches")) card.matches.push_back(in_lower_case(std::move(pattern)));
  for (auto& pattern : map.texts("not")) card.not_these.push_back(in_lower_case(std::move(pattern)));
  const auto says_nothing = [](const std::string& pattern) {
    return pattern.find_first_not_of('*') == std::string::npos;
  };
  if (card.matches.empty() || std::ranges::any_of(card.matches, says_nothing)) {
    map.complain("matches", "'matches' does not tell this model from others",
                 "for example: matches: [\"*lingshu-7b*\"]");
  }
}

void parse_gguf(YamlMap& map, ModelCard& card) {
  if (!map.has("gguf")) return;
  YamlMap own = map.child("gguf");
  own.allow_only({"repo", "revision", "quant", "mmproj", "verified"});
  GgufSource& gguf = card.gguf.emplace();
  gguf.repo = repository(own, "repo");
  gguf.revision = own.text_or("revision", "");
  gguf.quant = own.text_or("quant", "");
  gguf.mmproj = own.text_or("mmproj", "");
  gguf.verified = own.flag_or("verified", true);
  if (gguf.revision.empty()) return;
  if (const auto status = check_revision(gguf.revision); !status) {
    own.complain("revision", status.error().what, status.error().way_out);
  }
}

void parse_images(YamlMap& map, ModelCard& card) {
  if (!map.has("images")) return;
  YamlMap own = map.child("images");
  own.allow_only({"min_tokens", "max_tokens", "tokens_from"});
  card.images = {positive(own, "min_tokens"), positive(own, "max_tokens"), own.text_or("tokens_from", "")};
  if (card.images.min_tokens && card.images.max_tokens && *card.images.min_tokens > *card.images.max_tokens) {
    own.complain("min_tokens", "'min_tokens' is more than 'max_tokens'");
  }
}

void parse_thinking(YamlMap& map, ModelCard& card) {
  if (!map.has("thinking")) return;
  YamlMap own = map.child("thinking");
  own.allow_only({"open", "close", "budget"});
  Thinking& thinking = card.thinking.emplace();
  for (const auto& [key, into] : {std::pair{"open", &thinking.open}, {"close", &thinking.close}}) {
    *into = own.text(key);
    // What stands in any answer would cut every answer.
    constexpr std::size_t kShortest = 3;
    if (own.has(key) && (into->size() < kShortest || printable_line(*into) != *into)) {
      own.complain(key, fmt::format("'{}' cannot be told from an answer", key), "for example: <think> and </think>");
    }
  }
  thinking.budget = positive(own, "budget");
}

void parse_decoding(YamlMap& map, RecommendedDecoding& decoding) {
  if (!map.has("decoding")) return;
  YamlMap own = map.child("decoding");
  own.allow_only({"temperature", "top_p", "top_k", "repetition_penalty", "max_new_tokens"});
  decoding.temperature = number_above(own, "temperature", 0.0, true);
  decoding.top_p = number_above(own, "top_p", 0.0, false);
  decoding.top_k = positive(own, "top_k");
  decoding.repetition_penalty = number_above(own, "repetition_penalty", 0.0, false);
  decoding.max_new_tokens = positive(own, "max_new_tokens");
}

void parse_serving(YamlMap& map, ModelCard& card) {
  if (!map.has("serving")) return;
  YamlMap own = map.child("serving");
  own.allow_only({"server", "command", "why"});
  card.serving = ServingRecipe{own.text("server"), own.text("command"), own.text_or("why", "")};
}

void parse_notes(YamlMap& map, ModelCard& card) {
  for (auto& own : map.children("notes", "give a list of mappings with the key 'text'")) {
    own.allow_only({"text", "source", "verified"});
    ModelNote note{own.text("text"), own.text_or("source", ""), own.flag_or("verified", true)};
    if (note.source.empty() && note.verified) {
      own.complain("text", "a note without a source", "say where it is known from, or write 'verified: false'");
    }
    card.notes.push_back(std::move(note));
  }
}

}  // namespace

std::string_view name_of(ModelClass model_class) { return model_class == ModelClass::general ? "general" : "medical"; }

Result<ModelCard> parse_model_card(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name",     "title",     "class",        "parameters", "family",  "base", "hub",
                  "licence",  "gated",     "published_as", "matches",    "not",     "gguf", "images",
                  "thinking", "embedding", "decoding",     "extra_body", "serving", "notes"});
  ModelCard card;
  parse_name(map, card);
  card.title = map.text("title");
  if (!map.has("parameters")) map.text("parameters");  // which complains
  card.parameters = number_above(map, "parameters", 0.0, false).value_or(0.0);
  card.family = map.text("family");
  card.base = map.text_or("base", "");
  card.hub = repository(map, "hub");
  card.licence = map.text("licence");
  card.gated = map.flag_or("gated", false);
  card.published_as = map.text_or("published_as", "");
  parse_patterns(map, card);
  parse_gguf(map, card);
  parse_images(map, card);
  parse_thinking(map, card);
  if (map.has("embedding")) card.embedding = parse_embedding(map.child("embedding"));
  parse_decoding(map, card.decoding);
  card.extra_body = map.json_object("extra_body");
  parse_serving(map, card);
  parse_notes(map, card);
  card.text = text;
  card.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return card;
}

}  // namespace osler
