#include "osler/engine/openai/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/engine/openai/probe.h"
#include "osler/net/address.h"

namespace osler::openai {
namespace {

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
  for (const auto* key : {"model", "messages", "input", "stream", "n"}) {
    if (body->contains(key)) {
      return fail(ErrorCode::usage, fmt::format("extra_body may not set '{}'", key), {}, "leave it out");
    }
  }
  return body;
}

}  // namespace

std::string short_name(const std::string& served) {
  std::string name = served.substr(served.find_last_of('/') + 1);
  std::ranges::replace_if(
      name, [](char c) { return c == ':' || c == '\\' || c == ' '; }, '-');
  name = printable_line(name);
  return name.empty() || name.starts_with('.') ? "model" : name;
}

Result<std::vector<Endpoint>> endpoints_of(const OpenAiOptions& options) {
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
  return endpoints;
}

Result<TrafficSettings> settings_of(const OpenAiOptions& options) {
  auto extra = extra_body(options);
  if (!extra) return pass(extra);
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
  return settings;
}

Result<ServerFacts> probe_all(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings,
                              const std::stop_token& stop) {
  std::optional<ServerFacts> first;
  for (const auto& endpoint : endpoints) {
    auto facts = probe(endpoint, settings, stop);
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

}  // namespace osler::openai
