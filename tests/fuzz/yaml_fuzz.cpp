// Whatever the text: a card, a protocol, a model card, a policy or the source of a table comes of it, or a sentence
// that names the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "osler/dataset/card.h"
#include "osler/model/model_card.h"
#include "osler/prompt/protocol.h"
#include "osler/published/policy_file.h"
#include "osler/published/table_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_card(const std::string& text) {
  const auto card = osler::parse_card(text, "fuzz.yaml");
  if (!card) {
    require(card.error().where.file == "fuzz.yaml" && !card.error().what.empty());
    return;
  }
  require(!card->name.empty() && !card->forms.empty());
  for (const auto& form : card->forms) {
    require(!form.name.empty() && !form.files.empty() && !form.kinds.empty() && !form.id.empty());
  }
}

void check_model_card(const std::string& text) {
  const auto card = osler::parse_model_card(text, "fuzz.yaml");
  if (!card) {
    require(card.error().where.file == "fuzz.yaml" && !card.error().what.empty());
    return;
  }
  require(!card->name.empty() && !card->matches.empty() && card->parameters > 0.0);
  require(card->extra_body.empty() || card->extra_body.front() == '{');
}

void check_protocol(const std::string& text) {
  const auto protocol = osler::parse_protocol(text, "fuzz.yaml");
  if (!protocol) {
    require(protocol.error().where.file == "fuzz.yaml" && !protocol.error().what.empty());
    return;
  }
  require(protocol->decoding.max_new_tokens > 0 && protocol->decoding.temperature >= 0.0);
  osler::Item item;
  item.question = "{options}";
  item.options = {"{question}", "{text}"};
  item.images.resize(1);
  for (const auto kind : {osler::Kind::mcq, osler::Kind::yes_no, osler::Kind::open}) {
    item.kind = kind;
    const osler::Prompt prompt = osler::make_prompt(*protocol, item);
    const auto& parts = prompt.messages.back().parts;  // The image before or after the text.
    require(parts.size() == 2);
    require(
        std::ranges::any_of(parts, [](const auto& part) { return part.text.find("{options}") != std::string::npos; }));
  }
}

void check_policy(const std::string& text) {
  const auto policy = osler::published::parse_policy(text, "fuzz.yaml");
  if (!policy) {
    require(policy.error().where.file == "fuzz.yaml" && !policy.error().what.empty());
    return;
  }
  require(!policy->rules.empty());
  for (const auto& rule : policy->rules) {
    require(rule.at_least >= 0.0 && rule.at_least <= 1.0 && rule.risk >= 0.0 && rule.risk <= 1.0);
    require(rule.confidence > 0.5 && rule.confidence < 1.0);
    require(!rule.human.empty() && !rule.citation.empty());
  }
}

void check_table_source(const std::string& text) {
  const auto source = osler::published::parse_table_source(text, "fuzz.yaml");
  if (!source) {
    require(source.error().where.file == "fuzz.yaml" && !source.error().what.empty());
    return;
  }
  for (const auto& claim : source->claims) require(!claim.lower.empty() && claim.lower != claim.higher);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_card(text);
  check_model_card(text);
  check_protocol(text);
  check_policy(text);
  check_table_source(text);
  return 0;
}
