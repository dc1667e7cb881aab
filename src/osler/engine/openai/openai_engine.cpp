#include "osler/engine/openai/openai_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/engine/openai/endpoints.h"
#include "osler/engine/openai/traffic.h"

namespace osler {
namespace {

using openai::Endpoint;
using openai::ServerFacts;
using openai::TrafficSettings;

class OpenAiEngine : public Engine {
 public:
  OpenAiEngine(std::vector<Endpoint> endpoints, TrafficSettings settings, EngineFacts facts)
      : endpoints_(std::move(endpoints)), settings_(std::move(settings)), facts_(std::move(facts)) {}

  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] bool wants_original_images() const override { return true; }
  [[nodiscard]] bool scores_texts() const override { return false; }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    openai::Traffic traffic(endpoints_, settings_);
    auto status = traffic.run(source, sink, stop);
    encoded_anew_ += traffic.encoded_anew();
    if (encoded_anew_ > 0) {
      facts_.details["images_sent_as_png"] = std::to_string(encoded_anew_);
      if (settings_.tell && traffic.encoded_anew() > 0) {
        settings_.tell(fmt::format(
            "{} pictures were sent as PNG of their pixels: the server does not take their files' format, or "
            "would see other colours in it",
            traffic.encoded_anew()));
      }
    }
    return status;
  }

 private:
  std::vector<Endpoint> endpoints_;
  TrafficSettings settings_;
  EngineFacts facts_;
  std::uint64_t encoded_anew_ = 0;
};

EngineFacts describe(const OpenAiOptions& options, const TrafficSettings& settings, const ServerFacts& server,
                     const std::vector<Endpoint>& endpoints) {
  EngineFacts facts;
  facts.kind = "openai";
  facts.model = openai::short_name(options.model);
  facts.identity = {
      {"served_model", printable_line(options.model)},
      {"server", server.name()},
      {"extra_body", dump_json(settings.chat.extra_body)},
      {"images", "the files' own bytes as data URIs; PNG of the pixels where a server takes no such file"}};
  if (!settings.chat.logprobs) facts.identity["logprobs"] = "not asked for";
  if (!server.weights.empty()) facts.identity["served_weights"] = server.weights;
  std::vector<std::string> hosts;
  for (const auto& endpoint : endpoints) hosts.push_back(endpoint.base_url);
  facts.details = {{"base_urls", fmt::format("{}", fmt::join(hosts, ", "))},
                   {"parallel", std::to_string(settings.parallel)},
                   {"logprobs", settings.chat.logprobs ? "asked for" : "not asked for"},
                   {"first_byte_timeout_s", std::to_string(settings.http.first_byte.count())},
                   {"request_timeout_s", std::to_string(settings.http.total.count())}};
  if (server.context > 0) facts.details["server_context"] = std::to_string(server.context);
  return facts;
}

}  // namespace

Result<std::unique_ptr<Engine>> open_openai_engine(const OpenAiOptions& options, const std::stop_token& stop) {
  auto endpoints = openai::endpoints_of(options);
  if (!endpoints) return pass(endpoints);
  auto wanted = openai::settings_of(options);
  if (!wanted) return pass(wanted);
  TrafficSettings settings = std::move(*wanted);
  const auto server = openai::probe_all(*endpoints, settings, stop);
  if (!server) return pass(server);
  settings.chat.kind = server->kind;
  // It has a thread for each connection and at times too few of them (cpp-httplib counts a thread that has just been
  // given work as idle): a new connection then waits the five seconds until it gives up a kept one, with all slots
  // idle.
  settings.http.keep_connections = server->kind != openai::ServerKind::llama_server;
  auto facts = describe(options, settings, *server, *endpoints);
  return std::unique_ptr<Engine>(
      std::make_unique<OpenAiEngine>(std::move(*endpoints), std::move(settings), std::move(facts)));
}

}  // namespace osler
