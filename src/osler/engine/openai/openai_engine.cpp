#include "osler/engine/openai/openai_engine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/engine/openai/probe.h"
#include "osler/engine/openai/traffic.h"
#include "osler/net/address.h"

namespace osler {
namespace {

using openai::Endpoint;
using openai::ServerFacts;
using openai::TrafficSettings;

/// What a server serves, without the folders or the organisation before it: fit for a folder's name.
std::string short_name(const std::string& served) {
  std::string name = served.substr(served.find_last_of('/') + 1);
  std::ranges::replace_if(
      name, [](char c) { return c == ':' || c == '\\' || c == ' '; }, '-');
  name = printable_line(name);
  return name.empty() || name.starts_with('.') ? "model" : name;
}

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

Status check_address(const std::string& url, const OpenAiOptions& options) {
  const std::string host = host_of(url);
  if (host.empty()) {
    // Not printed: it may hold a name and a password.
    return fail(ErrorCode::usage, "the server's address is none for http or https, or holds a name and a password", {},
                "give it as --base-url http://HOST:PORT/v1, and a key in OPENAI_API_KEY");
  }
  if (!is_encrypted(url) && !is_loopback(url) && !options.insecure_http) {
    return fail(ErrorCode::usage, fmt::format("medical images would travel to {} in the clear", host), {},
                "use https or a tunnel to loopback, or allow it with --insecure-http");
  }
  return {};
}

Result<Endpoint> make_endpoint(std::string url, const OpenAiOptions& options) {
  while (url.ends_with('/')) url.pop_back();
  if (auto status = check_address(url, options); !status) return pass(status);
  Endpoint endpoint{url, host_of(url), nullptr};
  bool good = curl::append(endpoint.headers, "Content-Type: application/json");
  good = curl::append(endpoint.headers, "Expect:") && good;
  if (!options.api_key.empty()) {
    if (std::ranges::any_of(options.api_key, [](unsigned char c) { return c <= ' ' || c >= 0x7F; })) {
      return fail(ErrorCode::usage, "the server's key holds white space or other characters that no key has", {},
                  "mend OPENAI_API_KEY or the file of --api-key-file");
    }
    good = curl::append(endpoint.headers, "Authorization: Bearer " + options.api_key) && good;
  }
  if (!good) return fail(ErrorCode::limit, "there is not enough memory for a request");
  return endpoint;
}

Result<Json> extra_body(const OpenAiOptions& options) {
  if (options.extra_body.empty()) return Json::object();
  auto body = parse_json(options.extra_body, {"extra_body"});
  if (!body) return pass(body);
  if (!body->is_object()) {
    return fail(ErrorCode::usage, "extra_body is not a JSON object", {}, R"(for example: {"top_k": 1})");
  }
  for (const auto* key : {"model", "messages", "stream", "n"}) {
    if (body->contains(key)) {
      return fail(ErrorCode::usage, fmt::format("extra_body may not set '{}'", key), {}, "leave it out");
    }
  }
  return body;
}

EngineFacts describe(const OpenAiOptions& options, const TrafficSettings& settings, const ServerFacts& server,
                     const std::vector<Endpoint>& endpoints) {
  EngineFacts facts;
  facts.kind = "openai";
  facts.model = short_name(options.model);
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

/// Replicas must be alike: which of them answers an item is chance.
Result<ServerFacts> probe_all(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings,
                              const std::stop_token& stop) {
  std::optional<ServerFacts> first;
  for (const auto& endpoint : endpoints) {
    auto facts = openai::probe(endpoint, settings, stop);
    if (!facts) return pass(facts);
    if (!first) {
      first = std::move(*facts);
    } else if (facts->name() != first->name() || facts->weights != first->weights) {
      return fail(ErrorCode::mismatch,
                  fmt::format("{} serves '{}' ({}), and {} '{}' ({})", endpoints.front().host, first->weights,
                              first->name(), endpoint.host, facts->weights, facts->name()),
                  {}, "servers of one run must serve the same weights by the same release");
    }
  }
  return *first;
}

}  // namespace

Result<std::unique_ptr<Engine>> open_openai_engine(const OpenAiOptions& options, const std::stop_token& stop) {
  auto extra = extra_body(options);
  if (!extra) return pass(extra);
  std::vector<Endpoint> endpoints;
  for (const auto& url : options.base_urls) {
    auto endpoint = make_endpoint(url, options);
    if (!endpoint) return pass(endpoint);
    endpoints.push_back(std::move(*endpoint));
  }
  if (endpoints.empty()) {
    return fail(ErrorCode::usage, "no server was named", {},
                "give its address with --base-url http://127.0.0.1:8000/v1, or in OPENAI_BASE_URL");
  }
  TrafficSettings settings;
  settings.chat.model = options.model;
  settings.chat.extra_body = std::move(*extra);
  settings.chat.logprobs = options.logprobs;
  settings.http.connect = options.connect_timeout;
  settings.http.first_byte = options.first_byte_timeout;
  settings.http.total = options.request_timeout;
  settings.parallel = std::max<std::size_t>(1, options.parallel);
  settings.patience = options.patience;
  settings.tell = options.tell;
  const auto server = probe_all(endpoints, settings, stop);
  if (!server) return pass(server);
  settings.chat.kind = server->kind;
  // It has a thread for each connection and at times too few of them (cpp-httplib counts a thread that has just been
  // given work as idle): a new connection then waits the five seconds until it gives up a kept one, with all slots
  // idle.
  settings.http.keep_connections = server->kind != openai::ServerKind::llama_server;
  auto facts = describe(options, settings, *server, endpoints);
  return std::unique_ptr<Engine>(
      std::make_unique<OpenAiEngine>(std::move(endpoints), std::move(settings), std::move(facts)));
}

}  // namespace osler
