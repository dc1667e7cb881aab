#pragma once

#include <string>
#include <utility>

#include "osler/core/response.h"

namespace osler {

/// The second turn of a request with a follow-up: what was asked, the model's reply, and the follow-up.
[[nodiscard]] inline Request second_turn(const Request& first, const std::string& reply) {
  Request second = first;
  second.prompt.messages.push_back({"assistant", {{std::nullopt, reply}}});
  second.prompt.messages.push_back({"user", {{std::nullopt, first.follow_up}}});
  second.follow_up.clear();
  return second;
}

/// One response of two turns: what is graded is the reply to the second; tokens and times are those of both.
[[nodiscard]] inline Response join_turns(Response first, Response second) {
  second.first_reply = std::move(first.text);
  second.prompt_tokens += first.prompt_tokens;
  second.image_tokens += first.image_tokens;
  second.completion_tokens += first.completion_tokens;
  second.prefill_ms += first.prefill_ms;
  second.decode_ms += first.decode_ms;
  return second;
}

}  // namespace osler
