#include "osler/engine/openai/chat_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/core/base64.h"
#include "osler/core/hash.h"
#include "osler/storage/png.h"

namespace osler::openai {
namespace {

constexpr std::size_t kKnownImages = 4;
/// As many as servers give by default. llama-server gives as many as it is asked for, and a letter that is not among
/// them has no score of its own.
constexpr int kTopLogprobs = 20;
constexpr int kTopLogprobsOfLlamaServer = 1000;

std::string_view media_type(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "image/jpeg";
    case ImageFormat::webp:
      return "image/webp";
    default:
      return "image/png";
  }
}

std::string json_text(std::string_view text) { return dump_json(Json(text)); }

/// The content of a message: plain text where there is no picture, for not all servers' templates take lists.
Status add_content(const Message& message, const Request& request, ImageUris& uris, Pieces& text) {
  const bool plain = std::ranges::none_of(message.parts, [](const PromptPart& part) { return part.image.has_value(); });
  if (plain) {
    std::string content;
    for (const auto& part : message.parts) content += part.text;
    text.add(json_text(content));
    return {};
  }
  std::string joint = "[";
  for (const auto& part : message.parts) {
    if (!part.image) {
      text.add(joint + R"({"type":"text","text":)" + json_text(part.text) + "}");
    } else {
      auto uri = uris.uri(request.images.at(*part.image));
      if (!uri) return pass(uri);
      text.add(joint + R"({"type":"image_url","image_url":{"url":")");
      text.add(std::move(*uri));
      text.add("\"}}");
    }
    joint = ",";
  }
  text.add("]");
  return {};
}

Status add_messages(const Request& request, const std::vector<Message>& messages, ImageUris& uris, Pieces& text) {
  text.add("[");
  std::string_view joint;
  for (const auto& message : messages) {
    text.add(std::string(joint) + R"({"role":)" + json_text(message.role) + R"(,"content":)");
    if (auto status = add_content(message, request, uris, text); !status) return status;
    text.add("}");
    joint = ",";
  }
  text.add("]");
  return {};
}

/// What is not said is taken from the model's generation_config.json, or from the server's own habits: so all of it is
/// said, as far as the server has a word for it.
void set_decoding(const Request& request, const ChatSettings& settings, Json& body) {
  body["max_tokens"] = request.decoding.max_new_tokens;
  body["temperature"] = request.decoding.temperature;
  body["top_p"] = 1.0;
  if (request.decoding.temperature > 0.0) body["seed"] = request.decoding.seed & 0x7FFF'FFFFU;
  if (settings.kind == ServerKind::vllm || settings.kind == ServerKind::sglang) {
    body["top_k"] = -1;
    body["repetition_penalty"] = 1.0;
  }
  if (settings.kind == ServerKind::llama_server) {
    body["top_k"] = 0;
    body["min_p"] = 0.0;
    body["repeat_penalty"] = 1.0;
  }
}

/// One token, and how likely the likeliest ones were.
Status set_scoring(const OptionQuestion& question, const ChatSettings& settings, Json& body) {
  body["max_tokens"] = 1;
  body["temperature"] = 0.0;
  body["logprobs"] = true;
  body["top_logprobs"] = settings.kind == ServerKind::llama_server ? kTopLogprobsOfLlamaServer : kTopLogprobs;
  if (question.answer_prefix.empty()) return {};
  if (settings.kind == ServerKind::vllm || settings.kind == ServerKind::sglang) {
    body["add_generation_prompt"] = false;
    body["continue_final_message"] = true;
  } else if (settings.kind != ServerKind::llama_server) {
    return fail(ErrorCode::unsupported, "the protocol begins the model's turn, and the server may not go on with it",
                {}, "use a protocol without answer_prefix, or vLLM, SGLang or llama-server");
  }
  return {};
}

}  // namespace

void Pieces::add(std::string text) { add(std::make_shared<const std::string>(std::move(text))); }

void Pieces::add(Piece piece) {
  size_ += piece->size();
  pieces_.push_back(std::move(piece));
}

std::size_t Pieces::copy(std::uint64_t offset, char* to, std::size_t room) const {
  std::size_t copied = 0;
  for (const auto& piece : pieces_) {
    if (copied == room) break;
    if (offset >= piece->size()) {
      offset -= piece->size();
      continue;
    }
    const std::size_t part = std::min<std::size_t>(piece->size() - offset, room - copied);
    std::copy_n(piece->data() + offset, part, to + copied);
    copied += part;
    offset = 0;
  }
  return copied;
}

std::string Pieces::whole() const {
  std::string text(size_, '\0');
  copy(0, text.data(), text.size());
  return text;
}

Result<Pieces::Piece> ImageUris::uri(const std::shared_ptr<const Image>& image) {
  for (const auto& known : known_) {
    if (known.image.lock() == image) return known.uri;
  }
  const auto* original = image->original.get();
  const bool as_it_is = original != nullptr && original->plain && takes(kind_, original->format);
  std::string text;
  if (as_it_is) {
    text = fmt::format("data:{};base64,", media_type(original->format));
    append_base64(text, original->bytes);
  } else {
    const auto png = encode_png(PixelRows{image->width, image->height, 3, image->rgb});
    if (!png) return pass(png);
    text = "data:image/png;base64,";
    append_base64(text, *png);
    ++encoded_anew_;
  }
  if (known_.size() == kKnownImages) known_.pop_front();
  known_.push_back({image, std::make_shared<const std::string>(std::move(text))});
  return known_.back().uri;
}

Result<ChatBody> make_chat_body(const Request& request, const ChatSettings& settings, ImageUris& uris) {
  Json rest = {{"model", settings.model}, {"stream", false}};
  set_decoding(request, settings, rest);
  std::vector<Message> messages = request.prompt.messages;
  if (request.scoring) {
    if (auto status = set_scoring(*request.scoring, settings, rest); !status) return pass(status);
    if (!request.scoring->answer_prefix.empty()) {
      messages.push_back({"assistant", {{std::nullopt, request.scoring->answer_prefix}}});
    }
  } else if (settings.logprobs && !request.letters.empty()) {
    rest["logprobs"] = true;
    rest["top_logprobs"] = 1;
  }
  rest.update(settings.extra_body);

  ChatBody body;
  Pieces shown;
  if (auto status = add_messages(request, messages, uris, shown); !status) return pass(status);
  Sha256 hash;
  for (const auto& piece : shown.all()) hash.update(*piece);
  body.prompt_hash = hash.hex();
  // The long part last: a proxy that looks at the model's name finds it at once.
  std::string head = dump_json(rest);
  head.back() = ',';
  body.text.add(head + R"("messages":)");
  for (const auto& piece : shown.all()) body.text.add(piece);
  body.text.add("}");
  return body;
}

}  // namespace osler::openai
