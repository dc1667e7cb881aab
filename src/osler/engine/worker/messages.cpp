#include "osler/engine/worker/messages.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "osler/engine/worker/wire.h"

namespace osler {

constexpr ErrorCode last_of(ErrorCode) { return ErrorCode::interrupted; }
constexpr FinishReason last_of(FinishReason) { return FinishReason::error; }
constexpr Sharing last_of(Sharing) { return Sharing::none; }

// Taken apart rather than named member by member: a member that is added to one of these types and forgotten here does
// not compile.

template <class A, Like<LlamaOptions> T>
void exchange(A& archive, T& options) {
  auto& [model, projector, chat_template, threads, context, gpu_layers, sharing, parallel, flash_attention, kv_type,
         kv_budget, memory_shares, micro_batch, image_min_tokens, image_max_tokens, image_cache, deterministic] =
      options;
  archive(model, projector, chat_template, threads, context, gpu_layers, sharing, parallel, flash_attention, kv_type,
          kv_budget, memory_shares, micro_batch, image_min_tokens, image_max_tokens, image_cache, deterministic);
}

template <class A, Like<EngineFacts> T>
void exchange(A& archive, T& facts) {
  auto& [kind, model, identity, details] = facts;
  archive(kind, model, identity, details);
}

template <class A, Like<Place> T>
void exchange(A& archive, T& place) {
  auto& [file, line, record, byte] = place;
  archive(file, line, record, byte);
}

template <class A, Like<Error> T>
void exchange(A& archive, T& error) {
  auto& [code, what, where, way_out] = error;
  archive(code, what, where, way_out);
}

template <class A, Like<PromptPart> T>
void exchange(A& archive, T& part) {
  auto& [image, text] = part;
  archive(image, text);
}

template <class A, Like<osler::Message> T>
void exchange(A& archive, T& message) {
  auto& [role, parts] = message;
  archive(role, parts);
}

template <class A, Like<Prompt> T>
void exchange(A& archive, T& prompt) {
  auto& [messages] = prompt;
  archive(messages);
}

template <class A, Like<Decoding> T>
void exchange(A& archive, T& decoding) {
  auto& [max_new_tokens, temperature, seed] = decoding;
  archive(max_new_tokens, temperature, seed);
}

template <class A, Like<OptionText> T>
void exchange(A& archive, T& option) {
  auto& [letter, text] = option;
  archive(letter, text);
}

template <class A, Like<OptionQuestion> T>
void exchange(A& archive, T& question) {
  auto& [options, answer_prefix, unconditional] = question;
  archive(options, answer_prefix, unconditional);
}

/// Images travel by themselves.
template <class A, Like<Request> T>
void exchange(A& archive, T& request) {
  auto& [item_id, prompt, images, decoding, follow_up, letters, scoring, exact] = request;
  archive(item_id, prompt, decoding, follow_up, letters, scoring, exact);
}

template <class A, Like<OptionScore> T>
void exchange(A& archive, T& score) {
  auto& [letter_logprob, text_logprob, text_tokens, unconditional_logprob] = score;
  archive(letter_logprob, text_logprob, text_tokens, unconditional_logprob);
}

template <class A, Like<LetterMark> T>
void exchange(A& archive, T& mark) {
  auto& [at, logprob] = mark;
  archive(at, logprob);
}

template <class A, Like<Response> T>
void exchange(A& archive, T& response) {
  auto& [item_id, text, first_reply, reasoning, finish, error, prompt_hash, image_cluster, prompt_tokens, image_tokens,
         completion_tokens, prefill_ms, decode_ms, option_scores, letter_marks, cached] = response;
  archive(item_id, text, first_reply, reasoning, finish, error, prompt_hash, image_cluster, prompt_tokens, image_tokens,
          completion_tokens, prefill_ms, decode_ms, option_scores, letter_marks, cached);
}

namespace messages {

template <class A, Like<Open> T>
void exchange(A& archive, T& open) {
  auto& [options, verbose, restart] = open;
  archive(options, verbose, restart);
}

template <class A, Like<Loading> T>
void exchange(A& archive, T& loading) {
  archive(loading.fraction);
}

template <class A, Like<Ready> T>
void exchange(A& archive, T& ready) {
  archive(ready.facts);
}

template <class A, Like<Failed> T>
void exchange(A& archive, T& failed) {
  archive(failed.error);
}

/// Its pixels are the rest of the frame.
template <class A, Like<ImageSent> T>
void exchange(A& archive, T& sent) {
  if constexpr (A::kReading) {
    auto image = std::make_shared<Image>();
    archive(sent.number, image->width, image->height);
    const auto pixels = archive.rest();
    // Of two 32-bit numbers: the product fits, and its triple is compared without being formed.
    const std::uint64_t area = std::uint64_t{image->width} * image->height;
    if (pixels.size() % 3 != 0 || pixels.size() / 3 != area) archive.reject();
    if (!archive.ok()) return;
    image->rgb.assign(pixels.begin(), pixels.end());
    sent.image = std::move(image);
  } else {
    archive(sent.number, sent.image->width, sent.image->height);
  }
}

template <class A, Like<ForgetImage> T>
void exchange(A& archive, T& forget) {
  archive(forget.number);
}

template <class A, Like<Asked> T>
void exchange(A& archive, T& asked) {
  auto& [ticket, request, images, again] = asked;
  archive(ticket, request, images, again);
}

template <class A, Like<Began> T>
void exchange(A& archive, T& began) {
  archive(began.ticket);
}

template <class A, Like<Answered> T>
void exchange(A& archive, T& answered) {
  archive(answered.ticket, answered.response);
}

template <class A, Like<Finished> T>
void exchange(A& archive, T& finished) {
  auto& [error, last] = finished;
  archive(error, last);
}

template <class T>
concept Empty = std::is_empty_v<T>;

template <class A, Empty T>
void exchange(A& /*archive*/, T& /*message*/) {}

namespace {

template <class T>
Result<Message> decode_as(const Frame& frame) {
  WireReader archive(frame.payload);
  T message;
  exchange(archive, message);
  const bool whole = archive.ok() && (std::is_same_v<T, ImageSent> || archive.rest().empty());
  if (!whole) return fail(ErrorCode::malformed, fmt::format("a message of type {} makes no sense", frame.type));
  return Message(std::move(message));
}

template <std::size_t... kTypes>
Result<Message> decode_type(const Frame& frame, std::index_sequence<kTypes...> /*types*/) {
  using Decode = Result<Message> (*)(const Frame&);
  constexpr std::array<Decode, sizeof...(kTypes)> kDecode = {
      &decode_as<std::variant_alternative_t<kTypes, Message>>...};
  if (frame.type >= kDecode.size())
    return fail(ErrorCode::malformed, fmt::format("no message has type {}", frame.type));
  return kDecode.at(frame.type)(frame);
}

}  // namespace

OutgoingFrame encode(const Message& message) {
  WireWriter archive;
  std::visit([&archive](const auto& one) { exchange(archive, one); }, message);
  std::shared_ptr<const Image> pixels;
  if (const auto* sent = std::get_if<ImageSent>(&message)) pixels = sent->image;
  return make_frame(static_cast<std::uint8_t>(message.index()), archive.take(), std::move(pixels));
}

Result<Message> decode(const Frame& frame) {
  return decode_type(frame, std::make_index_sequence<std::variant_size_v<Message>>());
}

}  // namespace messages
}  // namespace osler
