#include "tiny_vlm/vocabulary.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "tiny_vlm/gguf_file.h"

namespace osler::tiny_vlm {

namespace {

// llama.cpp's token types (enum llama_token_type); the generator does not link libllama for two numbers.
constexpr std::int32_t type_normal = 1;
constexpr std::int32_t type_control = 3;

/// In the order in which they were "learnt": both halves of a merge are bytes or earlier merges.
constexpr std::array<std::pair<std::string_view, std::string_view>, 40> merges = {{
    {" ", "t"},  {"h", "e"},  {" ", "a"},  {"i", "n"},  {"r", "e"},    {"o", "n"},  {" t", "he"}, {"e", "r"},
    {" ", "s"},  {"a", "t"},  {" ", "o"},  {"e", "n"},  {"i", "t"},    {"i", "s"},  {" ", "w"},   {"o", "r"},
    {" ", "c"},  {" ", "p"},  {" o", "f"}, {" ", "m"},  {"a", "l"},    {"e", "s"},  {"a", "n"},   {" ", "in"},
    {"in", "g"}, {"i", "c"},  {" ", "is"}, {" a", "n"}, {" an", "d"},  {" ", "b"},  {"o", "u"},   {"e", "d"},
    {" ", "d"},  {"i", "on"}, {"l", "e"},  {" w", "h"}, {" wh", "at"}, {" t", "o"}, {"m", "a"},   {"a", "g"},
}};

/// A byte as GPT-2's vocabulary spells it: itself if printable, else a character from U+0100 on.
std::string spelled(unsigned char byte) {
  const auto printable = [](unsigned b) { return (b > 32 && b < 127) || (b > 160 && b != 173); };
  unsigned code = byte;
  if (!printable(byte)) {
    code = 256;
    for (unsigned b = 0; b < byte; ++b) code += printable(b) ? 0U : 1U;
  }
  if (code < 128) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0U | (code >> 6U)), static_cast<char>(0x80U | (code & 0x3FU))};
}

std::string spelled(std::string_view text) {
  std::string result;
  for (const char c : text) result += spelled(static_cast<unsigned char>(c));
  return result;
}

/// ChatML. A picture in the content stands where mtmd's marker stands in the text, or as the model's own tokens.
constexpr const char* chat_template =
    "{%- for message in messages -%}\n"
    "  {{- '<|im_start|>' + message['role'] + '\\n' -}}\n"
    "  {%- if message['content'] is string -%}\n"
    "    {{- message['content'] -}}\n"
    "  {%- else -%}\n"
    "    {%- for part in message['content'] -%}\n"
    "      {%- if part['type'] == 'text' -%}\n"
    "        {{- part['text'] -}}\n"
    "      {%- elif part['type'] in ['image', 'image_url'] -%}\n"
    "        {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}\n"
    "      {%- endif -%}\n"
    "    {%- endfor -%}\n"
    "  {%- endif -%}\n"
    "  {{- '<|im_end|>\\n' -}}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n"
    "  {{- '<|im_start|>assistant\\n' -}}\n"
    "{%- endif -%}\n";

}  // namespace

Vocabulary::Vocabulary(std::size_t size, const std::vector<std::string_view>& more_controls) {
  for (unsigned byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)), type_normal);
  for (const auto& [left, right] : merges) {
    merges_.push_back(spelled(left) + " " + spelled(right));
    add(std::string(left) + std::string(right), type_normal);
  }
  for (const auto text : {phrase::looking, phrase::findings, phrase::unsure, phrase::box}) add(text, type_normal);
  for (const auto text : {control::end_of_text, control::turn_start, control::turn_end, control::vision_start,
                          control::vision_end, control::image_pad}) {
    add(text, type_control);
  }
  for (const auto text : more_controls) add(text, type_control);
  while (tokens_.size() < size) add(" word" + std::to_string(tokens_.size()), type_normal);
}

std::vector<std::string_view> Vocabulary::more_controls(Architecture architecture) {
  switch (architecture) {
    case Architecture::gemma3:
      return {"<start_of_image>", "<end_of_image>"};
    case Architecture::lfm2vl:
      return {"<|image_start|>", "<|image_end|>", "<|img_thumbnail|>"};
    default:
      return {};
  }
}

void Vocabulary::add(std::string_view text, std::int32_t type) {
  texts_.emplace_back(text);
  tokens_.push_back(type == type_control ? std::string(text) : spelled(text));
  types_.push_back(type);
}

std::size_t Vocabulary::token(std::string_view text) const {
  const auto found = std::find(texts_.begin(), texts_.end(), text);
  if (found == texts_.end()) throw std::logic_error("no token " + std::string(text));
  return static_cast<std::size_t>(found - texts_.begin());
}

std::vector<std::size_t> Vocabulary::control_tokens() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == type_control) found.push_back(i);
  }
  return found;
}

void Vocabulary::describe(GgufFile& file, Architecture architecture) const {
  const auto id = [this](std::string_view text) { return static_cast<std::uint32_t>(token(text)); };
  const bool starts = architecture != Architecture::qwen25vl;
  file.set("tokenizer.ggml.model", "gpt2");
  // Llama 3's tokeniser puts a start token before every text and Qwen's does not: tests want to meet both habits.
  file.set("tokenizer.ggml.pre", starts ? "llama-bpe" : "qwen2");
  file.set("tokenizer.ggml.add_bos_token", starts);
  file.set("tokenizer.ggml.tokens", tokens_);
  file.set("tokenizer.ggml.token_type", types_);
  file.set("tokenizer.ggml.merges", merges_);
  file.set("tokenizer.ggml.bos_token_id", id(control::end_of_text));
  file.set("tokenizer.ggml.padding_token_id", id(control::end_of_text));
  file.set("tokenizer.ggml.eos_token_id", id(control::turn_end));
  file.set("tokenizer.chat_template", chat_template);
}

}  // namespace osler::tiny_vlm
