// The openai engine against llama-server, built from the sources of the in-process engine (cmake/llama_server.cmake):
// what the two say about one model differs by no more than is stated here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <set>
#include <span>

#include "dataset/images/fixtures.h"
#include "engine/llama/support.h"
#include "engine/openai/llama_server.h"
#include "engine/openai/support.h"
#include "osler/core/version.h"
#include "osler/dataset/images/decode.h"
#include "osler/phantom/benchmark.h"
#include "osler/prompt/protocol.h"
#include "osler/storage/png.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;
using Responses = std::map<std::string, Response>;

/// The server computes questions of several slots together and uses flash attention, so it rounds otherwise. Measured:
/// no text of 160 differs, and no probability of a letter in them by more than 0.001.
constexpr double kProbability = 0.02;
/// Of letters that have a chance; of others no more is asked than that they have none.
constexpr double kLogProbability = 0.1;
constexpr double kChance = 0.01;

fs::path phantom_file(const std::string& name) { return fs::path(OSLER_SOURCE_DIR) / "models" / "phantom" / name; }

LlamaServerOptions phantom_small(std::vector<std::string> more = {}) {
  return {phantom_file("phantom-small.gguf"), phantom_file("mmproj-phantom-small.gguf"), std::move(more)};
}

std::unique_ptr<Engine> phantom_in_process() {
  LlamaOptions options;
  options.model = phantom_file("phantom-small.gguf");
  options.threads = 1;
  return open_engine(options);
}

std::unique_ptr<Engine> open_on(const LlamaServer& server, const std::string& name = "phantom-small") {
  OpenAiOptions options;
  options.model = name;
  options.base_urls = {server.base_url()};
  options.patience = std::chrono::seconds(60);
  auto engine = open_openai_engine(options);
  if (!engine) throw std::runtime_error(engine.error().message());
  return std::move(*engine);
}

Image decoded(std::span<const std::byte> bytes) {
  auto image = decode_image(bytes, {.keep_original = true});
  if (!image) throw std::runtime_error(image.error().message());
  return std::move(*image);
}

/// A phantom's picture as its PNG file holds it.
std::shared_ptr<const Image> picture_of(const phantom::Case& made) {
  const auto drawn = made.picture();
  const auto png = encode_png(PixelRows{phantom::kPictureSize, phantom::kPictureSize, drawn.channels, drawn.samples});
  if (!png) throw std::runtime_error(png.error().message());
  return std::make_shared<const Image>(decoded(std::as_bytes(std::span(*png))));
}

Request request_of(const Protocol& protocol, const phantom::Question& question, const std::string& id,
                   std::shared_ptr<const Image> picture) {
  Item item;
  item.id = id;
  item.kind = question.kind;
  item.question = question.text;
  item.options = question.kind == Kind::yes_no ? std::vector<std::string>{"yes", "no"} : question.options;
  item.images.emplace_back();
  Request request;
  request.item_id = id;
  request.prompt = make_prompt(protocol, item);
  request.images = {std::move(picture)};
  request.decoding = protocol.decoding;
  request.letters = option_letters(item);
  request.scoring = make_scoring(protocol, item);
  return request;
}

std::vector<Request> phantom_questions(std::size_t pictures, const std::string& protocol_name = "paper") {
  const auto protocol = find_protocol(protocol_name).value();
  phantom::Generator generator(7);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < pictures; ++i) {
    const phantom::Case made = generator.next();
    const auto picture = picture_of(made);
    for (const auto& question : made.questions) {
      const std::string id = std::to_string(i) + "-" + std::to_string(requests.size());
      requests.push_back(request_of(protocol, question, id, picture));
    }
  }
  return requests;
}

Responses all_of(Engine& engine, const std::vector<Request>& requests) {
  auto all = answer_all(engine, requests);
  EXPECT_TRUE(all.status.has_value()) << all.status.error().message();
  EXPECT_EQ(all.responses.size(), requests.size());
  EXPECT_EQ(all.doubled, 0U);
  return std::move(all.responses);
}

void expect_same_texts(const Responses& found, const Responses& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [id, response] : expected) {
    EXPECT_EQ(found.at(id).text, response.text) << id;
    EXPECT_EQ(found.at(id).first_reply, response.first_reply) << id;
    EXPECT_EQ(found.at(id).finish, response.finish) << id << ": " << found.at(id).error;
    EXPECT_EQ(found.at(id).prompt_tokens, response.prompt_tokens) << id;
  }
}

/// The same letters at the same places, about as likely; returns how many.
std::size_t expect_near_marks(const Response& found, const Response& expected, double tolerance) {
  EXPECT_EQ(found.letter_marks.size(), expected.letter_marks.size()) << found.item_id;
  const std::size_t marks = std::min(found.letter_marks.size(), expected.letter_marks.size());
  for (std::size_t i = 0; i < marks; ++i) {
    EXPECT_EQ(found.letter_marks[i].at, expected.letter_marks[i].at) << found.item_id;
    EXPECT_NEAR(std::exp(found.letter_marks[i].logprob), std::exp(expected.letter_marks[i].logprob), tolerance);
  }
  return marks;
}

TEST(LlamaServer, SaysTheSameAsTheInProcessEngine) {
  const auto requests = phantom_questions(5);
  LlamaServer server(phantom_small());
  const auto served = all_of(*open_on(server), requests);
  const auto expected = all_of(*phantom_in_process(), requests);
  expect_same_texts(served, expected);
  std::set<std::string> texts;
  std::size_t marks = 0;
  for (const auto& [id, response] : expected) {
    marks += expect_near_marks(served.at(id), response, kProbability);
    texts.insert(response.text);
  }
  EXPECT_GE(requests.size(), 40U);
  EXPECT_GE(texts.size(), 10U) << "answers that are all alike would prove nothing";
  EXPECT_GE(marks, 20U);
}

/// Behind the beginning of an answer, where this model writes nothing but letters. The server may not be asked for the
/// letter's own token alone: "A" and " A" are added up.
TEST(LlamaServer, ScoresLettersAsTheInProcessEngineDoes) {
  auto requests = phantom_questions(3, "likelihood");
  std::erase_if(requests, [](const Request& request) { return !request.scoring; });
  for (auto& request : requests) request.scoring->answer_prefix = "The answer is \\boxed{";
  LlamaServer server(phantom_small());
  const auto served = all_of(*open_on(server), requests);
  const auto expected = all_of(*phantom_in_process(), requests);
  const auto likeliest = [](const Response& response) {
    return std::ranges::max_element(response.option_scores, {}, &OptionScore::letter_logprob) -
           response.option_scores.begin();
  };
  std::size_t compared = 0;
  for (const auto& [id, response] : expected) {
    const auto& scores = served.at(id).option_scores;
    ASSERT_EQ(scores.size(), response.option_scores.size()) << served.at(id).error;
    EXPECT_EQ(likeliest(served.at(id)), likeliest(response)) << id;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double letter = response.option_scores[i].letter_logprob;
      EXPECT_NEAR(std::exp(scores[i].letter_logprob), std::exp(letter), kProbability) << id;
      if (std::exp(letter) < kChance) continue;
      EXPECT_NEAR(scores[i].letter_logprob, letter, kLogProbability) << id;
      ++compared;
    }
  }
  EXPECT_GE(compared, 20U);
}

TEST(LlamaServer, TinyModelsSayTheSameTooInTwoTurnsAsWell) {
  std::vector<Request> requests;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const std::string id = std::to_string(i);
    requests.push_back(ask(id, "Question " + id, {picture(112, 112, i)}));
    if (i % 2 == 0) requests.back().follow_up = "And the letter alone?";
  }
  for (const auto architecture : {Architecture::qwen25vl, Architecture::llava}) {
    const auto files = tiny_model(architecture, Voice::boxed);
    LlamaServer server({files.model, files.mmproj});
    const auto served = all_of(*open_on(server, "tiny"), requests);
    expect_same_texts(served, all_of(*open_engine(options_for(files)), requests));
    EXPECT_FALSE(served.at("2").first_reply.empty());
    EXPECT_TRUE(served.at("3").first_reply.empty());
  }
}

/// The picture as a server gets it that takes no such file.
std::shared_ptr<const Image> without_file(const Image& image) {
  return std::make_shared<const Image>(Image{image.width, image.height, image.rgb});
}

TEST(LlamaServer, APictureIsTheSameInItsOwnFileAndEncodedAnew) {
  const auto question = phantom_questions(1).front();
  std::vector<Request> as_files;
  std::vector<Request> as_pixels;
  // Another decoder of JPEG rounds otherwise; all others give the very pixels.
  for (const auto* name : {"jpeg_subsampling_444.jpg", "jpeg_subsampling_420.jpg", "jpeg_orientation_6.jpg",
                           "png_rgb_8.png", "png_palette_4.png", "png_grey_16.png", "png_rgba_8.png",
                           "tiff_rgb_lzw.tif", "webp_lossless.webp", "webp_lossy.webp", "gif_plain.gif"}) {
    const auto image = decoded(fixture(name).bytes);
    for (auto* requests : {&as_files, &as_pixels}) {
      Request request = question;
      request.item_id = name;
      request.images = {requests == &as_files ? std::make_shared<const Image>(image) : without_file(image)};
      requests->push_back(std::move(request));
    }
  }
  // One slot: whatever else is being computed does not round these otherwise.
  LlamaServer server(phantom_small({"--parallel", "1"}));
  const auto engine = open_on(server);
  const auto files = all_of(*engine, as_files);
  // TIFF, WebP, GIF, a turned JPEG, and PNGs with alpha or of 16 bits.
  EXPECT_EQ(engine->facts().details.at("images_sent_as_png"), "7");
  const auto pixels = all_of(*engine, as_pixels);
  for (const auto& [id, response] : pixels) {
    EXPECT_EQ(files.at(id).text, response.text) << id;
    expect_near_marks(files.at(id), response, id.ends_with(".jpg") ? kProbability : 1e-6);
  }
}

TEST(LlamaServer, APromptThatIsTooLongIsAnOutcomeWithTheServersWordsAndAWayOut) {
  auto requests = phantom_questions(1);
  requests[3].prompt.messages.back().parts.push_back({std::nullopt, std::string(4000, 'x')});
  LlamaServer server(phantom_small({"--ctx-size", "1024"}));
  const auto served = all_of(*open_on(server), requests);
  const auto& refused = served.at(requests[3].item_id);
  EXPECT_EQ(refused.finish, FinishReason::error);
  EXPECT_THAT(refused.error, AllOf(HasSubstr("HTTP 400"), HasSubstr("exceeds the available context size (1024 tokens)"),
                                   HasSubstr("start the server with a longer context")));
  EXPECT_EQ(std::ranges::count(served, FinishReason::stop, [](const auto& one) { return one.second.finish; }), 7);
}

TEST(LlamaServer, OneThatIsKilledAndStartedAgainCostsNoAnswer) {
  const auto requests = phantom_questions(4);
  LlamaServer server(phantom_small());
  const auto engine = open_on(server);
  std::promise<void> some_answered;
  ListSource source(requests);
  MapSink sink;
  sink.on_response = [&, answered = 0]() mutable {
    if (++answered == 8) some_answered.set_value();
  };
  auto run = std::async(std::launch::async, [&] { return engine->answer(source, sink, {}); });
  some_answered.get_future().wait();
  server.kill();
  server.restart();
  const auto status = run.get();
  ASSERT_TRUE(status.has_value()) << status.error().message();
  EXPECT_EQ(sink.doubled, 0U);
  expect_same_texts(sink.responses, all_of(*phantom_in_process(), requests));
}

TEST(LlamaServer, AStopInTheMiddleLeavesTheServerFreeForWhoComesNext) {
  const auto requests = phantom_questions(8);
  LlamaServer server(phantom_small());
  const auto engine = open_on(server);
  std::stop_source stop;
  ListSource source(requests);
  MapSink sink;
  sink.on_response = [&, answered = 0]() mutable {
    if (++answered == 10) stop.request_stop();
  };
  const auto status = engine->answer(source, sink, stop.get_token());
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
  EXPECT_LT(sink.responses.size(), requests.size());
  EXPECT_EQ(sink.doubled, 0U);
  const auto rest = all_of(*engine, phantom_questions(1));
  EXPECT_EQ(rest.begin()->second.finish, FinishReason::stop);
}

TEST(LlamaServer, WhatItIsStandsInTheRunsIdentity) {
  LlamaServer server(phantom_small());
  const auto facts = open_on(server)->facts();
  EXPECT_EQ(facts.identity.at("server"), "llama-server b0-" + std::string(kLlamaCommit).substr(0, 9));
  EXPECT_THAT(facts.identity.at("served_weights"), EndsWith("phantom-small.gguf"));
  EXPECT_EQ(facts.details.at("server_context"), "1024");
}

}  // namespace
}  // namespace osler::test
