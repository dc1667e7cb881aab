#include "osler/engine/llama/chat_template.h"

#include <fmt/format.h>
#include <jinja/caps.h>
#include <jinja/lexer.h>
#include <jinja/parser.h>
#include <jinja/runtime.h>
#include <json.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "osler/engine/llama/template_depth.h"

namespace osler {
namespace {

/// Noon of 2025-07-26 by this machine's clock. Some templates print today's date, which would make every day's prompts
/// differ; and the library prints it in local time, so a fixed instant would still be two dates round the world.
std::time_t fixed_time() {
  std::tm noon{};
  noon.tm_year = 2025 - 1900;
  noon.tm_mon = 7 - 1;
  noon.tm_mday = 26;
  noon.tm_hour = 12;
  noon.tm_isdst = -1;
  return std::mktime(&noon);
}

/// Stands for image `index` while the template is run; `salt` keeps it apart from anything in the texts.
std::string image_mark(std::size_t salt, std::size_t index) {
  return fmt::format("\xEE\x83\xB0osler-image-{}-{}\xEE\x83\xB1", salt, index);
}

bool contains_mark(const Prompt& prompt, std::size_t salt) {
  const std::string head = fmt::format("\xEE\x83\xB0osler-image-{}-", salt);
  for (const auto& message : prompt.messages) {
    for (const auto& part : message.parts) {
      if (part.text.find(head) != std::string::npos) return true;
    }
  }
  return false;
}

std::string content_with_marks(const Message& message, std::size_t salt) {
  std::string content;
  for (const auto& part : message.parts) content += part.image ? image_mark(salt, *part.image) : part.text;
  return content;
}

common_json messages_for(const Prompt& prompt, std::size_t salt, const jinja::caps& caps) {
  const bool typed_only = caps.supports_typed_content && !caps.supports_string_content;
  common_json messages = common_json::array();
  for (const auto& message : prompt.messages) {
    const std::string content = content_with_marks(message, salt);
    common_json entry;
    entry["role"] = message.role;
    if (typed_only) {
      common_json part;
      part["type"] = "text";
      part["text"] = content;
      common_json parts = common_json::array();
      parts.push_back(part);
      entry["content"] = parts;
    } else {
      entry["content"] = content;
    }
    messages.push_back(entry);
  }
  return messages;
}

/// Models whose template knows no system role get the system message at the head of the user's.
Prompt without_system_role(const Prompt& prompt) {
  Prompt merged;
  std::string system;
  for (const auto& message : prompt.messages) {
    if (message.role == "system") {
      for (const auto& part : message.parts) system += part.text;
      continue;
    }
    Message copy{message.role, {}};
    if (!system.empty()) copy.parts.push_back({std::nullopt, std::exchange(system, {}) + "\n\n"});
    for (const auto& part : message.parts) copy.parts.push_back(part);
    merged.messages.push_back(std::move(copy));
  }
  return merged;
}

std::size_t count_images(const Prompt& prompt) {
  std::size_t count = 0;
  for (const auto& message : prompt.messages) {
    for (const auto& part : message.parts) count += part.image ? 1U : 0U;
  }
  return count;
}

/// Cuts one rendered stretch at the image marks in it.
void append_pieces(const std::string& text, RenderedPiece::Origin origin, std::size_t salt, std::size_t images,
                   std::vector<RenderedPiece>& pieces) {
  std::size_t at = 0;
  const auto add_text = [&](std::size_t end) {
    if (end > at) pieces.push_back({origin, text.substr(at, end - at), 0});
  };
  const std::string head = fmt::format("\xEE\x83\xB0osler-image-{}-", salt);
  for (std::size_t found = text.find(head); found != std::string::npos; found = text.find(head, at)) {
    std::size_t image = 0;
    while (image < images && text.compare(found, image_mark(salt, image).size(), image_mark(salt, image)) != 0) ++image;
    add_text(found);
    pieces.push_back({RenderedPiece::Origin::image, {}, image});
    at = found + image_mark(salt, image).size();
  }
  add_text(text.size());
}

}  // namespace

struct ChatTemplate::State {
  std::string source;
  std::string bos;
  std::string eos;
  jinja::program program;
  jinja::caps caps;
};

ChatTemplate::ChatTemplate(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::parse(const std::string& source, const std::string& bos, const std::string& eos) {
  auto state = std::make_unique<State>();
  try {
    jinja::lexer lexer;
    auto tokens = lexer.tokenize(source);
    if (is_nested_too_deeply(tokens.tokens)) {
      return fail(ErrorCode::limit, "the model's chat template is nested too deeply", {},
                  "give another one with --chat-template FILE");
    }
    state->program = jinja::parse_from_tokens(tokens);
    state->source = tokens.source;
    state->caps = jinja::caps_get(state->program);
  } catch (const std::exception& problem) {
    return fail(ErrorCode::engine, fmt::format("the model's chat template cannot be read ({})", problem.what()), {},
                "give another one with --chat-template FILE");
  }
  state->bos = bos;
  state->eos = eos;
  return ChatTemplate(std::move(state));
}

Result<std::vector<RenderedPiece>> ChatTemplate::render(const Prompt& prompt) const {
  const Prompt& asked = prompt;
  const Prompt merged = state_->caps.supports_system_role ? Prompt{} : without_system_role(asked);
  const Prompt& used = state_->caps.supports_system_role ? asked : merged;
  std::size_t salt = 0;
  while (contains_mark(used, salt)) ++salt;
  const std::size_t images = count_images(used);
  std::vector<RenderedPiece> pieces;
  try {
    jinja::context context(state_->source);
    context.current_time = fixed_time();
    common_json tokens;
    tokens["bos_token"] = state_->bos;
    tokens["eos_token"] = state_->eos;
    tokens["add_generation_prompt"] = true;
    jinja::global_from_json(context, tokens, false);
    common_json input;
    input["messages"] = messages_for(used, salt, state_->caps);
    jinja::global_from_json(context, input, true);
    jinja::runtime runtime(context);
    const auto parts = jinja::runtime::gather_string_parts(runtime.execute(state_->program));
    for (const auto& part : parts->as_string().parts) {
      append_pieces(part.val, part.is_input ? RenderedPiece::Origin::user : RenderedPiece::Origin::chat_template, salt,
                    images, pieces);
    }
  } catch (const std::exception& problem) {
    return fail(ErrorCode::engine, fmt::format("the model's chat template fails on this prompt ({})", problem.what()));
  }
  std::vector<bool> seen(images, false);
  std::size_t placed = 0;
  for (const auto& piece : pieces) {
    if (piece.origin != RenderedPiece::Origin::image) continue;
    ++placed;
    if (piece.image < images) seen[piece.image] = true;
  }
  if (placed != images || std::find(seen.begin(), seen.end(), false) != seen.end()) {
    return fail(ErrorCode::engine, fmt::format("the model's chat template keeps {} of {} images", placed, images), {},
                "give another template with --chat-template FILE");
  }
  return pieces;
}

}  // namespace osler
