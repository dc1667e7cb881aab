// What a server answers is read without harm, whatever it is: as a chat completion, as a refusal, as a list of models.
// What comes of it holds what Osler promises of a response.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "osler/core/utf8.h"
#include "osler/engine/openai/chat_reply.h"
#include "osler/engine/openai/server.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_reply(std::string_view body, const osler::Request& request) {
  const auto response = osler::openai::read_reply(body, request);
  if (!response) return;
  require(osler::is_utf8(response->text) && osler::is_utf8(response->reasoning));
  for (const auto& mark : response->letter_marks) {
    require(mark.at < response->text.size() && mark.logprob <= 0.0);
    require(response->text[mark.at] == 'A' || response->text[mark.at] == 'B');
  }
  const bool scored = request.scoring && response->finish != osler::FinishReason::error;
  require(response->option_scores.size() == (scored ? 2U : 0U));
  for (const auto& score : response->option_scores) {
    require(std::isnan(score.letter_logprob) || score.letter_logprob <= 0.0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  osler::Request request;
  request.item_id = "1";
  request.letters = {"A", "B"};
  check_reply(body, request);
  request.scoring = osler::OptionQuestion{{{"A", "yes"}, {"B", "no"}}, "", {}};
  check_reply(body, request);
  const auto refusal = osler::openai::refusal_text(body);
  require(refusal.size() <= 300 && refusal.find('\n') == std::string::npos);
  static_cast<void>(osler::openai::is_about_length(refusal));
  osler::openai::ServerFacts facts;
  osler::openai::read_models(body, "m", facts);
  for (const auto& page : osler::openai::version_pages()) static_cast<void>(read_version(page, body, facts));
  return 0;
}
