#pragma once

#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/core/response.h"

namespace osler::openai {

/// Reads the answer to a chat completion. Fails (ErrorCode::malformed) for what is none, and for one that says itself
/// that it was broken off; asking again may help. What the server's filter kept back is a response of FinishReason
/// error. Of a request that scores options the letters get their log-probabilities (what the server does not name is
/// less likely than the least likely that it names, and gets the number next to that), their texts none (NaN).
[[nodiscard]] Result<Response> read_reply(std::string_view body, const Request& request);

/// What a server says when it refuses: the message of its JSON, in any of the shapes in use, else the beginning of its
/// text. One printable line of at most 300 bytes; empty if it says nothing.
[[nodiscard]] std::string refusal_text(std::string_view body);

/// Whether a refusal is about the length of prompt and answer.
[[nodiscard]] bool is_about_length(std::string_view refusal);

}  // namespace osler::openai
