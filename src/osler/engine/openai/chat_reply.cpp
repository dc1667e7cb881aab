#include "osler/engine/openai/chat_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "osler/core/utf8.h"
#include "osler/engine/openai/json_fields.h"
#include "osler/engine/openai/token_logprobs.h"

namespace osler::openai {
namespace {

constexpr std::size_t kLongestRefusal = 300;

tl::unexpected<Error> broken(std::string what) { return fail(ErrorCode::malformed, std::move(what)); }

double time_of(const Json& object, const char* key) {
  const Json* found = member(object, key);
  const double time = found != nullptr && found->is_number() ? found->get<double>() : 0.0;
  return std::isfinite(time) && time >= 0.0 ? time : 0.0;
}

/// Some servers give the content as a list of parts.
std::string content_of(const Json& message) {
  const Json* content = member(message, "content");
  if (content == nullptr || !content->is_array()) return text_of(message, "content");
  std::string text;
  for (const auto& part : *content) text += text_of(part, "text");
  return text;
}

/// The two names that servers have for it.
std::string reasoning_of(const Json& message) {
  std::string text = text_of(message, "reasoning_content");
  return text.empty() ? text_of(message, "reasoning") : text;
}

Status read_finish(const Json& choice, Response& response) {
  const std::string reason = text_of(choice, "finish_reason");
  if (reason == "length" || reason == "repetition") {
    response.finish = FinishReason::length;
  } else if (reason == "content_filter") {
    response.finish = FinishReason::error;
    response.error = "the server's content filter kept the answer back";
  } else if (reason == "abort" || reason == "error" || reason == "load" || reason == "unload" ||
             (reason.empty() && response.text.empty() && response.reasoning.empty())) {
    return broken(fmt::format("the server broke the answer off ('{}')", printable_line(utf8_beginning(reason, 40))));
  }
  return {};
}

void read_usage(const Json& answer, Response& response) {
  if (const Json* usage = member(answer, "usage")) {
    response.prompt_tokens = count_of(*usage, "prompt_tokens");
    response.completion_tokens = count_of(*usage, "completion_tokens");
  }
  // Of llama-server.
  if (const Json* timings = member(answer, "timings")) {
    response.prefill_ms = time_of(*timings, "prompt_ms");
    response.decode_ms = time_of(*timings, "predicted_ms");
  }
}

Status read_scores(const Json& choice, const Request& request, Response& response) {
  constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
  const auto first = first_token_alternatives(choice);
  if (first.empty()) return broken("the server gave no log-probabilities");
  const auto scores = letter_logprobs(first, *request.scoring);
  for (const double score : scores) response.option_scores.push_back({score, kNoNumber, 0, kNoNumber});
  // What it wrote, one token, is no answer of its own.
  response.text.clear();
  response.finish = FinishReason::stop;
  return {};
}

/// The message in one of the shapes {"error": {"message": M}}, {"error": M}, {"message": M}, {"detail": M} and
/// {"detail": [{"msg": M}]}.
std::string message_in(const Json& answer) {
  if (const Json* error = member(answer, "error")) {
    return error->is_string() ? error->get<std::string>() : text_of(*error, "message");
  }
  if (std::string message = text_of(answer, "message"); !message.empty()) return message;
  const Json* detail = member(answer, "detail");
  if (detail == nullptr) return {};
  if (!detail->is_array()) return text_of(answer, "detail");
  std::string text;
  for (const auto& entry : *detail) {
    if (!text.empty()) text += "; ";
    text += text_of(entry, "msg");
  }
  return text;
}

}  // namespace

Result<Response> read_reply(std::string_view body, const Request& request) {
  const auto answer = parse_json(body, {});
  if (!answer) return broken("the server's answer is no JSON (" + answer.error().what + ")");
  const Json* choices = member(*answer, "choices");
  if (choices == nullptr || !choices->is_array() || choices->empty()) {
    const std::string said = refusal_text(body);
    return broken("the server's answer is no chat completion" + (said.empty() ? said : " ('" + said + "')"));
  }
  const Json& choice = choices->front();
  const Json* message = member(choice, "message");
  if (message == nullptr || !message->is_object()) return broken("the server's answer has no message");
  Response response;
  response.item_id = request.item_id;
  response.text = content_of(*message);
  response.reasoning = reasoning_of(*message);
  if (auto status = read_finish(choice, response); !status) return pass(status);
  read_usage(*answer, response);
  if (response.finish == FinishReason::error) return response;
  if (request.scoring) {
    if (auto status = read_scores(choice, request, response); !status) return pass(status);
  } else {
    response.letter_marks = letter_marks(choice, response.text, request.letters);
  }
  return response;
}

std::string refusal_text(std::string_view body) {
  std::string text;
  if (const auto answer = parse_json(body, {}); answer) text = message_in(*answer);
  if (text.empty()) text = body;
  // Pages of proxies come in many lines.
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return printable_line(utf8_beginning(text, kLongestRefusal));
}

bool is_about_length(std::string_view refusal) {
  constexpr std::array<std::string_view, 8> kWords{
      "context length",      "context size", "context_length_exceeded", "maximum model length", "max_model_len",
      "token count exceeds", "input length", "prompt is too long"};
  std::string lower(refusal);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::ranges::any_of(kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace osler::openai
