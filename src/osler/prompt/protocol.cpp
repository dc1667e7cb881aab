#include "osler/prompt/protocol.h"

#include <fmt/format.h>

#include <limits>

#include "osler/core/hash.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kProtocols{"protocols/", "protocol", "one of your own"};

using Fields = std::map<std::string, std::string, std::less<>>;

/// Replaces {name} by its field, once, from left to right; braces that name no field stay.
std::string fill(std::string_view pattern, const Fields& fields) {
  std::string out;
  std::size_t at = 0;
  while (at < pattern.size()) {
    const auto open = pattern.find('{', at);
    if (open == std::string_view::npos) break;
    out += pattern.substr(at, open - at);
    const auto close = pattern.find('}', open);
    at = open;
    if (close == std::string_view::npos) break;
    const auto field = fields.find(pattern.substr(open + 1, close - open - 1));
    if (field == fields.end()) {
      out += '{';
      at = open + 1;
    } else {
      out += field->second;
      at = close + 1;
    }
  }
  out += pattern.substr(at);
  return out;
}

std::string option_lines(const Protocol& protocol, const Item& item) {
  std::string lines;
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    if (i > 0) lines += '\n';
    lines += fill(protocol.option_line, {{"letter", std::string(1, option_letter(i))}, {"text", item.options[i]}});
  }
  return lines;
}

void parse_templates(YamlMap& map, Protocol& protocol) {
  YamlMap templates = map.child("templates");
  templates.allow_only({"mcq", "yes_no", "open"});
  for (const auto kind : {Kind::mcq, Kind::yes_no, Kind::open}) {
    const std::string key(name_of(kind));
    protocol.templates[kind] = templates.text(key);
    if (protocol.templates[kind].find("{question}") == std::string::npos) {
      templates.complain(key, fmt::format("the template '{}' has no {{question}}", key), "say where the question goes");
    }
    if (kind == Kind::mcq && protocol.templates[kind].find("{options}") == std::string::npos) {
      templates.complain(key, fmt::format("the template '{}' has no {{options}}", key), "say where the options go");
    }
  }
}

void parse_decoding(YamlMap& map, Protocol& protocol) {
  YamlMap decoding = map.child("decoding");
  decoding.allow_only({"max_new_tokens", "temperature", "seed"});
  const auto tokens = decoding.integer_or("max_new_tokens", protocol.decoding.max_new_tokens);
  if (tokens < 1 || tokens > std::numeric_limits<std::int32_t>::max()) {
    decoding.complain("max_new_tokens", "'max_new_tokens' must be positive");
    return;
  }
  protocol.decoding.max_new_tokens = static_cast<std::int32_t>(tokens);
  protocol.decoding.temperature = decoding.number_or("temperature", 0.0);
  if (protocol.decoding.temperature < 0.0) decoding.complain("temperature", "'temperature' must not be negative");
  protocol.decoding.seed = decoding.count_or("seed", 0);
}

}  // namespace

Result<Protocol> parse_protocol(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "system", "templates", "option_line", "decoding", "extraction"});
  Protocol protocol;
  protocol.name = map.name("name");
  protocol.title = map.text_or("title", protocol.name);
  protocol.system = map.text_or("system", "");
  protocol.option_line = map.text_or("option_line", "{letter}. {text}");
  for (const std::string field : {"{letter}", "{text}"}) {
    if (protocol.option_line.find(field) == std::string::npos) {
      map.complain("option_line", fmt::format("'option_line' has no {}", field), "for example: \"{letter}. {text}\"");
    }
  }
  parse_templates(map, protocol);
  parse_decoding(map, protocol);
  YamlMap extraction = map.child("extraction");
  extraction.allow_only({"source", "rules"});
  protocol.answer_source = extraction.text("source");
  protocol.rules = extraction.texts("rules");
  protocol.text = text;
  protocol.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return protocol;
}

std::vector<std::string> protocol_names() { return shipped_names(kProtocols); }

Result<Protocol> find_protocol(const std::string& name_or_path) {
  const auto found = find_shipped(kProtocols, name_or_path);
  if (!found) return pass(found);
  return parse_protocol(found->text, found->file);
}

Prompt make_prompt(const Protocol& protocol, const Item& item) {
  Prompt prompt;
  if (!protocol.system.empty()) prompt.messages.push_back({"system", {{std::nullopt, protocol.system}}});
  Message user{"user", {}};
  for (std::size_t i = 0; i < item.images.size(); ++i) user.parts.push_back({i, {}});
  std::string text =
      fill(protocol.templates.at(item.kind), {{"question", item.question}, {"options", option_lines(protocol, item)}});
  user.parts.push_back({std::nullopt, std::move(text)});
  prompt.messages.push_back(std::move(user));
  return prompt;
}

}  // namespace osler
