#include "osler/cli/server_options.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "osler/cli/common.h"
#include "osler/core/utf8.h"
#include "osler/engine/openai/openai_engine.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string without_space_around(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.erase(text.find_last_not_of(kSpace) + 1);
  text.erase(0, std::min(text.size(), text.find_first_not_of(kSpace)));
  return text;
}

Result<std::string> key_of(const ServerOptions& options) {
  if (options.api_key_file.empty()) return without_space_around(variable("OPENAI_API_KEY"));
  constexpr std::uint64_t kLongestKey = 65'536;
  auto text = read_file(options.api_key_file, kLongestKey);
  if (!text) return pass(text);
  std::string key = without_space_around(std::move(*text));
  if (key.empty()) {
    return fail(ErrorCode::usage, "holds no key", {options.api_key_file}, "write the server's key into it");
  }
  return key;
}

/// Both are JSON objects; what is given on the command line goes over the card's.
Result<std::string> joined_bodies(const std::string& card, const std::string& option) {
  if (option.empty()) return card;
  auto over = parse_json(option, {"--extra-body"});
  if (!over) return pass(over);
  if (!over->is_object()) {
    return fail(ErrorCode::usage, "--extra-body is not a JSON object", {},
                R"(for example: --extra-body '{"chat_template_kwargs": {"enable_thinking": false}}')");
  }
  if (card.empty()) return dump_json(*over);
  auto under = parse_json(card, {"extra_body"});
  if (!under) return pass(under);
  under->update(*over);
  return dump_json(*under);
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& options) {
  auto* server =
      command.add_option_group("Servers", "for openai:NAME, a model served by vLLM, SGLang, llama-server, ...");
  server
      ->add_option("--base-url", options.base_urls,
                   "Address with its /v1; several share the work (default: OPENAI_BASE_URL)")
      ->type_name("URL");
  server->add_option("--api-key-file", options.api_key_file, "File with the server's key (default: OPENAI_API_KEY)")
      ->type_name("FILE");
  server->add_flag("--insecure-http", options.insecure_http,
                   "Allow plain http to another machine: images travel in the clear");
  server
      ->add_option("--extra-body", options.extra_body,
                   "JSON object whose members go into every request, over the model card's")
      ->type_name("JSON");
  server->add_flag("--no-logprobs", options.no_logprobs, "Do not ask for the probabilities of what is written");
  server->add_option("--patience", options.patience, "Wait so many SECONDS for a server that is gone or busy")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
  server->add_option("--request-timeout", options.request_timeout, "Give up a request after so many SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
}

Result<OpenAiOptions> served_options(const std::string& served_name, const ServerOptions& options,
                                     std::optional<std::int32_t> parallel, std::uint32_t first_byte_timeout,
                                     const std::string& card_extra_body) {
  auto key = key_of(options);
  if (!key) return pass(key);
  auto extra = joined_bodies(card_extra_body, options.extra_body);
  if (!extra) return pass(extra);
  OpenAiOptions engine;
  engine.model = served_name;
  engine.base_urls = options.base_urls;
  if (engine.base_urls.empty()) {
    if (auto url = variable("OPENAI_BASE_URL"); !url.empty()) engine.base_urls.push_back(std::move(url));
  }
  engine.api_key = std::move(*key);
  engine.insecure_http = options.insecure_http;
  if (parallel) engine.parallel = static_cast<std::size_t>(*parallel);
  engine.extra_body = std::move(*extra);
  engine.logprobs = !options.no_logprobs;
  engine.first_byte_timeout = std::chrono::seconds(first_byte_timeout);
  engine.request_timeout = std::chrono::seconds(options.request_timeout);
  engine.patience = std::chrono::seconds(options.patience);
  engine.tell = [](const std::string& sentence) { note("osler: " + printable_line(sentence)); };
  return engine;
}

Result<std::unique_ptr<Engine>> open_served(const std::string& served_name, const ServerOptions& options,
                                            std::optional<std::int32_t> parallel, std::uint32_t first_byte_timeout,
                                            const std::string& card_extra_body, const std::stop_token& stop) {
  const auto engine = served_options(served_name, options, parallel, first_byte_timeout, card_extra_body);
  if (!engine) return pass(engine);
  return open_openai_engine(*engine, stop);
}

}  // namespace osler::cli
