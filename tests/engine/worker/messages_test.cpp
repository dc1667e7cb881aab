#include "osler/engine/worker/messages.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "engine/worker/support.h"

namespace osler::test {
namespace {

using namespace messages;

/// Makes values of every kind, odd ones more often than chance would.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool coin() { return below(2) == 0; }
  std::string text() {
    std::string made;
    for (std::size_t left = below(30); left > 0; --left) made.push_back(static_cast<char>(random_() & 0xFFU));
    return made;
  }
  std::uint64_t whole() { return random_() >> below(64); }
  std::int32_t number() {
    return coin() ? static_cast<std::int32_t>(random_()) : static_cast<std::int32_t>(below(9)) - 4;
  }
  double real() {
    switch (below(6)) {
      case 0:
        return -0.0;
      case 1:
        return -std::numeric_limits<double>::infinity();
      case 2:
        return std::numeric_limits<double>::denorm_min();
      case 3:
        return std::nan("");
      default:
        return std::bit_cast<double>(random_());
    }
  }
  Prompt prompt() {
    Prompt made;
    for (std::size_t left = below(3); left > 0; --left) {
      osler::Message message{text(), {}};
      for (std::size_t parts = below(4); parts > 0; --parts) {
        if (coin())
          message.parts.push_back({whole(), {}});
        else
          message.parts.push_back({std::nullopt, text()});
      }
      made.messages.push_back(std::move(message));
    }
    return made;
  }
  Asked asked() {
    Asked made;
    made.ticket = whole();
    Request& request = made.request;
    request.item_id = text();
    request.prompt = prompt();
    request.decoding = {number(), real(), whole()};
    request.follow_up = text();
    for (std::size_t left = below(4); left > 0; --left) request.letters.push_back(text());
    if (coin()) {
      request.scoring.emplace();
      for (std::size_t left = below(5); left > 0; --left) request.scoring->options.push_back({text(), text()});
      request.scoring->answer_prefix = text();
      request.scoring->unconditional = prompt();
    }
    request.exact = coin();
    for (std::size_t left = below(4); left > 0; --left) made.images.push_back(whole());
    made.again = coin();
    return made;
  }
  Answered answered() {
    Answered made;
    made.ticket = whole();
    Response& response = made.response;
    response = {text(),  text(),  text(), text(), static_cast<FinishReason>(below(3)), text(), text(), text(), whole(),
                whole(), whole(), real(), real()};
    for (std::size_t left = below(6); left > 0; --left)
      response.option_scores.push_back({real(), real(), whole(), real()});
    for (std::size_t left = below(6); left > 0; --left) response.letter_marks.push_back({whole(), real()});
    return made;
  }
  Error error() {
    Error made{static_cast<ErrorCode>(below(9)), text(), {text()}, text()};
    if (coin()) made.where.line = whole();
    if (coin()) made.where.record = whole();
    if (coin()) made.where.byte = whole();
    return made;
  }

 private:
  std::mt19937_64 random_;
};

Frame frame_of(const OutgoingFrame& sent) {
  Frame frame;
  frame.type = static_cast<std::uint8_t>(sent.bytes.front());
  frame.payload = sent.bytes.substr(kFrameHead);
  if (sent.pixels) frame.payload.append(sent.pixels->rgb.begin(), sent.pixels->rgb.end());
  return frame;
}

template <class T>
T there_and_back(const T& message) {
  auto back = decode(frame_of(encode(message)));
  EXPECT_TRUE(back.has_value()) << (back ? "" : back.error().message());
  return std::get<T>(*back);
}

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

void expect_same(const Prompt& a, const Prompt& b) {
  ASSERT_EQ(a.messages.size(), b.messages.size());
  for (std::size_t i = 0; i < a.messages.size(); ++i) {
    EXPECT_EQ(a.messages[i].role, b.messages[i].role);
    ASSERT_EQ(a.messages[i].parts.size(), b.messages[i].parts.size());
    for (std::size_t k = 0; k < a.messages[i].parts.size(); ++k) {
      EXPECT_EQ(a.messages[i].parts[k].image, b.messages[i].parts[k].image);
      EXPECT_EQ(a.messages[i].parts[k].text, b.messages[i].parts[k].text);
    }
  }
}

void expect_same(const Asked& a, const Asked& b) {
  EXPECT_EQ(a.ticket, b.ticket);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.again, b.again);
  EXPECT_EQ(a.request.item_id, b.request.item_id);
  expect_same(a.request.prompt, b.request.prompt);
  EXPECT_EQ(a.request.decoding.max_new_tokens, b.request.decoding.max_new_tokens);
  EXPECT_EQ(bits(a.request.decoding.temperature), bits(b.request.decoding.temperature));
  EXPECT_EQ(a.request.decoding.seed, b.request.decoding.seed);
  EXPECT_EQ(a.request.follow_up, b.request.follow_up);
  EXPECT_EQ(a.request.letters, b.request.letters);
  EXPECT_EQ(a.request.exact, b.request.exact);
  ASSERT_EQ(a.request.scoring.has_value(), b.request.scoring.has_value());
  if (!a.request.scoring) return;
  EXPECT_EQ(a.request.scoring->answer_prefix, b.request.scoring->answer_prefix);
  expect_same(a.request.scoring->unconditional, b.request.scoring->unconditional);
  ASSERT_EQ(a.request.scoring->options.size(), b.request.scoring->options.size());
  for (std::size_t i = 0; i < a.request.scoring->options.size(); ++i) {
    EXPECT_EQ(a.request.scoring->options[i].letter, b.request.scoring->options[i].letter);
    EXPECT_EQ(a.request.scoring->options[i].text, b.request.scoring->options[i].text);
  }
}

void expect_same(const Answered& a, const Answered& b) {
  EXPECT_EQ(a.ticket, b.ticket);
  const Response& x = a.response;
  const Response& y = b.response;
  EXPECT_EQ(x.item_id, y.item_id);
  EXPECT_EQ(x.text, y.text);
  EXPECT_EQ(x.first_reply, y.first_reply);
  EXPECT_EQ(x.reasoning, y.reasoning);
  EXPECT_EQ(x.finish, y.finish);
  EXPECT_EQ(x.error, y.error);
  EXPECT_EQ(x.prompt_hash, y.prompt_hash);
  EXPECT_EQ(x.image_cluster, y.image_cluster);
  EXPECT_EQ(x.prompt_tokens, y.prompt_tokens);
  EXPECT_EQ(x.image_tokens, y.image_tokens);
  EXPECT_EQ(x.completion_tokens, y.completion_tokens);
  EXPECT_EQ(bits(x.prefill_ms), bits(y.prefill_ms));
  EXPECT_EQ(bits(x.decode_ms), bits(y.decode_ms));
  ASSERT_EQ(x.option_scores.size(), y.option_scores.size());
  for (std::size_t i = 0; i < x.option_scores.size(); ++i) {
    EXPECT_EQ(bits(x.option_scores[i].letter_logprob), bits(y.option_scores[i].letter_logprob));
    EXPECT_EQ(bits(x.option_scores[i].text_logprob), bits(y.option_scores[i].text_logprob));
    EXPECT_EQ(x.option_scores[i].text_tokens, y.option_scores[i].text_tokens);
    EXPECT_EQ(bits(x.option_scores[i].unconditional_logprob), bits(y.option_scores[i].unconditional_logprob));
  }
  ASSERT_EQ(x.letter_marks.size(), y.letter_marks.size());
  for (std::size_t i = 0; i < x.letter_marks.size(); ++i) {
    EXPECT_EQ(x.letter_marks[i].at, y.letter_marks[i].at);
    EXPECT_EQ(bits(x.letter_marks[i].logprob), bits(y.letter_marks[i].logprob));
  }
}

TEST(Messages, RequestsAndResponsesArriveToTheBit) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Maker make(seed);
    const Asked asked = make.asked();
    expect_same(there_and_back(asked), asked);
    const Answered answered = make.answered();
    expect_same(there_and_back(answered), answered);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Messages, ErrorsKeepTheirPlaceAndWayOut) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Error error = Maker(seed).error();
    const Error back = there_and_back(Failed{error}).error;
    EXPECT_EQ(back.code, error.code);
    EXPECT_EQ(back.message(), error.message());
    EXPECT_EQ(back.where.byte, error.where.byte);
    const auto finished = there_and_back(Finished{error});
    ASSERT_TRUE(finished.error.has_value());
    EXPECT_EQ(finished.error->message(), error.message());
  }
  EXPECT_FALSE(there_and_back(Finished{}).error.has_value());
}

TEST(Messages, TheOrderToLoadCarriesEveryOption) {
  Open open;
  open.options.model = "m\xFF.gguf";
  open.options.projector = "p.gguf";
  open.options.chat_template = "t.jinja";
  open.options.threads = 3;
  open.options.context = 4'000'000'000U;
  open.options.gpu_layers = -1;
  open.options.sharing = Sharing::none;
  open.options.parallel = 5;
  open.options.flash_attention = false;
  open.options.kv_type = "q8_0";
  open.options.kv_budget = std::uint64_t{1} << 63U;
  open.options.micro_batch = 9;
  open.options.image_min_tokens = 10;
  open.options.image_max_tokens = 11;
  open.options.image_cache = 12;
  open.options.deterministic = true;
  open.verbose = true;
  const Open back = there_and_back(open);
  EXPECT_EQ(back.options.model, open.options.model);
  EXPECT_EQ(back.options.projector, "p.gguf");
  EXPECT_EQ(back.options.chat_template, "t.jinja");
  EXPECT_EQ(back.options.threads, 3);
  EXPECT_EQ(back.options.context, 4'000'000'000U);
  EXPECT_EQ(back.options.gpu_layers, -1);
  EXPECT_EQ(back.options.sharing, Sharing::none);
  EXPECT_EQ(back.options.parallel, 5);
  EXPECT_EQ(back.options.flash_attention, std::optional(false));
  EXPECT_EQ(back.options.kv_type, "q8_0");
  EXPECT_EQ(back.options.kv_budget, std::uint64_t{1} << 63U);
  EXPECT_EQ(back.options.micro_batch, 9);
  EXPECT_EQ(back.options.image_min_tokens, 10);
  EXPECT_EQ(back.options.image_max_tokens, 11);
  EXPECT_EQ(back.options.image_cache, 12U);
  EXPECT_TRUE(back.options.deterministic);
  EXPECT_TRUE(back.verbose);
  EXPECT_FALSE(back.restart);
}

TEST(Messages, PicturesArriveWithTheirPixels) {
  const auto image = noise(31, 17, 5);
  const auto back = there_and_back(ImageSent{42, image});
  EXPECT_EQ(back.number, 42U);
  EXPECT_EQ(back.image->width, 31U);
  EXPECT_EQ(back.image->height, 17U);
  EXPECT_TRUE(back.image->rgb == image->rgb);
}

TEST(Messages, APictureWithTooFewPixelsOrAnImpossibleSizeIsNone) {
  Frame frame = frame_of(encode(ImageSent{1, noise(4, 4, 1)}));
  frame.payload.pop_back();
  EXPECT_FALSE(decode(frame).has_value());
  frame.payload.pop_back();
  frame.payload.pop_back();
  EXPECT_FALSE(decode(frame).has_value());
  const auto huge = std::make_shared<const Image>(Image{UINT32_MAX, UINT32_MAX, {}});
  EXPECT_FALSE(decode(frame_of(encode(ImageSent{1, huge}))).has_value());
}

TEST(Messages, WhatBreaksOffOrGoesOnIsNoMessage) {
  Maker make(3);
  for (const messages::Message& message :
       {messages::Message(make.asked()), messages::Message(make.answered()), messages::Message(Failed{make.error()}),
        messages::Message(Open{}), messages::Message(Began{300}), messages::Message(Loading{0.5F})}) {
    const Frame whole = frame_of(encode(message));
    ASSERT_TRUE(decode(whole).has_value());
    for (std::size_t size = 0; size < whole.payload.size(); ++size) {
      EXPECT_FALSE(decode({whole.type, whole.payload.substr(0, size)}).has_value()) << size;
    }
    EXPECT_FALSE(decode({whole.type, whole.payload + '\0'}).has_value());
  }
  EXPECT_FALSE(decode({200, ""}).has_value());
}

TEST(Messages, AnyBytesGiveAMessageOrAnError) {
  std::mt19937_64 random(11);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Maker make(seed);
    Frame frame = seed % 2 == 0 ? frame_of(encode(make.asked())) : frame_of(encode(make.answered()));
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
      frame.payload[random() % frame.payload.size()] = static_cast<char>(random() & 0xFFU);
    }
    if (seed % 5 == 0) frame.type = static_cast<std::uint8_t>(random() % 16);
    const auto message = decode(frame);
    if (!message) {
      EXPECT_EQ(message.error().code, ErrorCode::malformed);
    }
  }
}

}  // namespace
}  // namespace osler::test
