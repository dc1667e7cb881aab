// Whatever the text: a card, a protocol or a model card comes of it, or a sentence that names the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "osler/dataset/card.h"
#include "osler/model/model_card.h"
#include "osler/prompt/protocol.h"

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
    require(prompt.messages.back().parts.size() == 2);
    require(prompt.messages.back().parts.back().text.find("{options}") != std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_card(text);
  check_model_card(text);
  check_protocol(text);
  return 0;
}
