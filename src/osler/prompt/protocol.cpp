#include "osler/prompt/protocol.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "osler/core/hash.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kProtocols{"protocols/", "protocol", "one of your own"};

constexpr std::array<std::pair<std::string_view, ImagePolicy>, 3> kImagePolicies = {{
    {"interleave", ImagePolicy::interleave},
    {"images_first", ImagePolicy::images_first},
    {"first_only", ImagePolicy::first_only},
}};

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

void parse_image_policy(YamlMap& map, Protocol& protocol) {
  const std::string name = map.text_or("image_policy", "interleave");
  for (const auto& [known, policy] : kImagePolicies) {
    if (known != name) continue;
    protocol.image_policy = policy;
    return;
  }
  map.complain("image_policy", fmt::format("unknown image policy '{}'", name),
               "known: interleave, images_first, first_only");
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
  map.allow_only({"name", "title", "system", "templates", "option_line", "image_policy", "decoding", "extraction"});
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
  parse_image_policy(map, protocol);
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

}  // namespace osler
