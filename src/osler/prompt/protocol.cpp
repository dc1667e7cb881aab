#include "osler/prompt/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "osler/core/glob.h"
#include "osler/core/hash.h"
#include "osler/prompt/decoding.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kProtocols{"protocols/", "protocol", "one of your own"};

constexpr std::array<std::pair<std::string_view, ImagePolicy>, 4> kImagePolicies = {{
    {"interleave", ImagePolicy::interleave},
    {"images_first", ImagePolicy::images_first},
    {"images_last", ImagePolicy::images_last},
    {"first_only", ImagePolicy::first_only},
}};

constexpr std::array kKinds{Kind::mcq, Kind::yes_no, Kind::open};

constexpr std::array<std::string_view, 2> kOptionFields{"{options}", "{options_inline}"};

bool lists_options(std::string_view pattern) {
  return std::ranges::any_of(kOptionFields, [pattern](auto field) { return pattern.find(field) != pattern.npos; });
}

/// The options may be left out where no letter is asked for: another tool that scores the text of the answer, or
/// likelihood of the options' texts.
bool needs_options(const Protocol& protocol) {
  if (protocol.likelihood) return protocol.likelihood->choose == DecidingScore::letter;
  return protocol.extraction.evaluator.empty();
}

void parse_template(YamlMap& templates, Kind kind, bool needs_options, std::map<Kind, std::string>& into) {
  const std::string key(name_of(kind));
  const std::string text = templates.text(key);
  if (text.find("{question}") == std::string::npos) {
    templates.complain(key, fmt::format("the template '{}' has no {{question}}", key), "say where the question goes");
  }
  if (needs_options && kind == Kind::mcq && !lists_options(text)) {
    templates.complain(key, fmt::format("the template '{}' has no {{options}}", key), "say where the options go");
  }
  into[kind] = text;
}

void parse_templates(YamlMap& map, Protocol& protocol) {
  YamlMap templates = map.child("templates");
  templates.allow_only({"mcq", "yes_no", "open"});
  for (const auto kind : kKinds) parse_template(templates, kind, needs_options(protocol), protocol.templates);
}

std::string parse_option_line(YamlMap& map) {
  std::string line = map.text_or("option_line", "{letter}. {text}");
  for (const std::string field : {"{letter}", "{text}"}) {
    if (line.find(field) == std::string::npos) {
      map.complain("option_line", fmt::format("'option_line' has no {}", field), "for example: \"{letter}. {text}\"");
    }
  }
  return line;
}

ImagePolicy parse_image_policy(YamlMap& map) {
  const std::string name = map.text_or("image_policy", "interleave");
  for (const auto& [known, policy] : kImagePolicies) {
    if (known == name) return policy;
  }
  map.complain("image_policy", fmt::format("unknown image policy '{}'", name),
               "known: interleave, images_first, images_last, first_only");
  return ImagePolicy::interleave;
}

void parse_extraction(YamlMap& map, ExtractionRules& extraction) {
  YamlMap own = map.child("extraction");
  own.allow_only({"source", "rules", "open_match", "evaluator"});
  if (own.has("evaluator")) {
    extraction.evaluator = own.text("evaluator");
    for (const std::string key : {"source", "rules", "open_match"}) {
      if (own.has(key)) own.complain(key, fmt::format("'{}' has no meaning beside an evaluator", key), "leave it out");
    }
    return;
  }
  extraction.source = own.text("source");
  extraction.rules = own.texts("rules");
  extraction.open_match = own.text_or("open_match", "words");
}

void parse_likelihood(YamlMap& map, Protocol& protocol) {
  const std::string scoring = map.text_or("scoring", "generate");
  if (scoring != "likelihood") {
    if (scoring != "generate") {
      map.complain("scoring", fmt::format("unknown scoring '{}'", scoring), "known: generate, likelihood");
    } else if (map.has("likelihood")) {
      map.complain("likelihood", "'likelihood' has no meaning without 'scoring: likelihood'",
                   "add that, or leave it out");
    }
    return;
  }
  LikelihoodScoring& into = protocol.likelihood.emplace();
  YamlMap own = map.child("likelihood", "say what decides: likelihood: {choose: letter}");
  own.allow_only({"choose", "answer_prefix", "unconditional"});
  if (const auto name = own.text("choose"); !name.empty()) {
    const auto choose = deciding_score_from(name);
    if (!choose) {
      own.complain("choose", fmt::format("options cannot be chosen by '{}'", name),
                   "known: letter, text, text_per_byte, text_given_question");
    }
    into.choose = choose.value_or(into.choose);
  }
  into.answer_prefix = own.text_or("answer_prefix", "");
  into.unconditional = own.text_or("unconditional", into.unconditional);
  if (map.has("follow_up")) {
    map.complain("follow_up", "where options are scored there is no reply to follow up", "leave it out");
  }
  if (!protocol.extraction.evaluator.empty()) {
    map.complain("scoring", "the scoring of another tool reads what a model writes",
                 "leave out 'evaluator' or 'scoring'");
  }
}

void parse_variants(YamlMap& map, Protocol& protocol) {
  for (auto& own : map.children("variants", "give a list of mappings with the key 'for'")) {
    own.allow_only({"for", "templates", "option_line", "image_policy", "evaluator"});
    ProtocolVariant variant;
    variant.benchmarks = own.texts("for");
    if (variant.benchmarks.empty())
      own.complain("for", "a variant is for no benchmark", "for example: for: [\"slake*\"]");
    if (own.has("templates")) {
      YamlMap templates = own.child("templates");
      templates.allow_only({"mcq", "yes_no", "open"});
      for (const auto kind : kKinds) {
        if (templates.has(std::string(name_of(kind)))) {
          parse_template(templates, kind, needs_options(protocol), variant.templates);
        }
      }
    }
    if (own.has("option_line")) variant.option_line = parse_option_line(own);
    if (own.has("image_policy")) variant.image_policy = parse_image_policy(own);
    if (own.has("evaluator")) {
      variant.evaluator = own.text("evaluator");
      if (protocol.extraction.evaluator.empty())
        own.complain("evaluator", "the protocol itself has no evaluator", "leave it out");
    }
    protocol.variants.push_back(std::move(variant));
  }
}

}  // namespace

Result<Protocol> parse_protocol(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "system", "templates", "option_line", "follow_up", "image_policy", "decoding",
                  "scoring", "likelihood", "extraction", "variants"});
  Protocol protocol;
  protocol.name = map.name("name");
  protocol.title = map.text_or("title", protocol.name);
  protocol.system = map.text_or("system", "");
  parse_extraction(map, protocol.extraction);
  parse_likelihood(map, protocol);
  protocol.option_line = parse_option_line(map);
  protocol.follow_up = map.text_or("follow_up", "");
  parse_templates(map, protocol);
  protocol.image_policy = parse_image_policy(map);
  parse_decoding(map, protocol.decoding);
  parse_variants(map, protocol);
  protocol.text = text;
  protocol.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return protocol;
}

bool lists_options(const Protocol& protocol) { return lists_options(protocol.templates.at(Kind::mcq)); }

Protocol protocol_for(Protocol protocol, std::string_view benchmark) {
  for (const auto& variant : protocol.variants) {
    const auto matches = [benchmark](const std::string& pattern) { return glob_matches(benchmark, pattern); };
    if (!std::ranges::any_of(variant.benchmarks, matches)) continue;
    for (const auto& [kind, text] : variant.templates) protocol.templates[kind] = text;
    if (variant.option_line) protocol.option_line = *variant.option_line;
    if (variant.image_policy) protocol.image_policy = *variant.image_policy;
    if (variant.evaluator) protocol.extraction.evaluator = *variant.evaluator;
    break;
  }
  return protocol;
}

std::vector<std::string> protocol_names() { return shipped_names(kProtocols); }

Result<Protocol> find_protocol(const std::string& name_or_path) {
  const auto found = find_shipped(kProtocols, name_or_path);
  if (!found) return pass(found);
  return parse_protocol(found->text, found->file);
}

}  // namespace osler
