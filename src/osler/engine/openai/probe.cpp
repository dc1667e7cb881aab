#include "osler/engine/openai/probe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/engine/openai/chat_reply.h"
#include "osler/engine/openai/http_pool.h"
#include "osler/engine/openai/setup_errors.h"

namespace osler::openai {
namespace {

constexpr HttpLimits kLimits{.connect = std::chrono::seconds(20),
                             .first_byte = std::chrono::seconds(30),
                             .stall = std::chrono::seconds(30),
                             .total = std::chrono::seconds(60),
                             .answer_bytes = std::uint64_t{4} << 20U};

tl::unexpected<Error> stopped() { return fail(ErrorCode::interrupted, "stopped by the user"); }

bool is_not_ready(long status) {
  constexpr long kNotImplemented = 501;
  constexpr long kTooEarly = 425;
  return status == 408 || status == kTooEarly || status == 429 || (status >= 500 && status != kNotImplemented);
}

/// Asks one page after another of one server.
class Probe {
 public:
  Probe(const Endpoint& endpoint, const TrafficSettings& settings, const std::stop_token& stop)
      : endpoint_(endpoint), settings_(settings), stop_(stop), pool_(kLimits), end_wait_(stop, Wake{&pool_}) {}

  [[nodiscard]] Result<HttpOutcome> get(const std::string& url) {
    pool_.start({1, url, endpoint_.headers.get()});
    while (!stop_.stop_requested()) {
      auto ended = pool_.wait(std::chrono::milliseconds(500));
      if (!ended.empty()) return std::move(ended.front());
    }
    return stopped();
  }

  /// The list of models, from a server that is there. Gateways answer for a server that is not.
  [[nodiscard]] Result<HttpOutcome> wait_for_models() {
    Pacing pacing(1, 0);
    const auto since = Clock::now();
    for (bool told = false;; told = true) {
      auto answer = get(endpoint_.base_url + "/models");
      if (!answer) return pass(answer);
      const bool loads = answer->ending == Ending::done && is_not_ready(answer->status);
      if (answer->ending != Ending::unreachable && answer->ending != Ending::cut && !loads) return answer;
      const std::string what = loads ? fmt::format("HTTP {}", answer->status) : answer->reason;
      const auto now = Clock::now();
      pacing.failed(now);
      if (pacing.paused_until() - since >= settings_.patience) return not_there(what);
      if (!told && settings_.tell) {
        settings_.tell(fmt::format("{} does not answer yet ({}): waiting for it, up to {} s", endpoint_.host, what,
                                   settings_.patience.count()));
      }
      if (auto status = wait_until(pacing.paused_until()); !status) return pass(status);
    }
  }

  /// A page that may not be there; a server that stumbles is asked again. What it tells goes into a run's identity.
  [[nodiscard]] Result<HttpOutcome> get_calmly(const std::string& url) {
    constexpr int kTries = 4;
    Pacing pacing(1, 0);
    for (int tries = 1;; ++tries) {
      auto answer = get(url);
      if (!answer || tries == kTries) return answer;
      if (answer->ending == Ending::done && !is_not_ready(answer->status)) return answer;
      pacing.failed(Clock::now());
      if (auto status = wait_until(pacing.paused_until()); !status) return pass(status);
    }
  }

 private:
  [[nodiscard]] Status wait_until(TimePoint time) {
    while (Clock::now() < time) {
      if (stop_.stop_requested()) return stopped();
      static_cast<void>(pool_.wait(std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now())));
    }
    return {};
  }

  struct Wake {
    HttpPool* pool;
    void operator()() const { pool->wake(); }
  };

  [[nodiscard]] tl::unexpected<Error> not_there(const std::string& what) const {
    return fail(ErrorCode::engine, fmt::format("{} does not answer ({})", endpoint_.base_url, what), {},
                "start the server, or give its address with --base-url (--patience waits longer)");
  }

  const Endpoint& endpoint_;
  const TrafficSettings& settings_;
  const std::stop_token& stop_;
  HttpPool pool_;
  std::stop_callback<Wake> end_wait_;
};

Status check_answer(const HttpOutcome& answer, const Endpoint& endpoint) {
  if (answer.ending == Ending::untrusted) {
    return untrusted(endpoint.host, answer.reason);
  }
  if (answer.ending != Ending::done) {
    return fail(ErrorCode::engine, fmt::format("{} cannot be asked ({})", endpoint.base_url, answer.reason));
  }
  if (answer.status == 401 || answer.status == 403) {
    return key_refused(endpoint.host, answer.status);
  }
  if (answer.status >= 300 && answer.status < 400) {
    return redirected(endpoint.host, answer.location);
  }
  return {};
}

/// Servers that know their models' names refuse every request for another one.
Status check_model(const ServerFacts& facts, const Endpoint& endpoint, const std::string& model) {
  const bool is_strict = facts.kind == ServerKind::vllm || facts.kind == ServerKind::ollama;
  if (model.empty() || (is_strict && !facts.models.empty() && std::ranges::count(facts.models, model) == 0)) {
    constexpr std::size_t kMostNames = 10;
    const auto shown = std::min(kMostNames, facts.models.size());
    return fail(
        ErrorCode::usage, fmt::format("{} does not serve '{}'", endpoint.host, model), {},
        fmt::format("it serves: {}",
                    fmt::join(facts.models.begin(), facts.models.begin() + static_cast<std::ptrdiff_t>(shown), ", ")));
  }
  return {};
}

/// Other servers answer for any name: results would be filed under the name of a model that is not served.
void tell_of_other_name(const ServerFacts& facts, const Endpoint& endpoint, const TrafficSettings& settings) {
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
  };
  const std::string asked = lower(settings.chat.model);
  const bool is_known = std::ranges::any_of(
      facts.models, [&](const std::string& served) { return lower(served).find(asked) != std::string::npos; });
  if (facts.models.empty() || is_known || !settings.tell) return;
  settings.tell(fmt::format("{} serves '{}', which is what answers, under the name '{}'", endpoint.host,
                            facts.models.front(), printable_line(settings.chat.model)));
}

}  // namespace

Result<ServerFacts> probe(const Endpoint& endpoint, const TrafficSettings& settings, const std::stop_token& stop) {
  Probe asking(endpoint, settings, stop);
  const auto models = asking.wait_for_models();
  if (!models) return pass(models);
  if (auto status = check_answer(*models, endpoint); !status) return pass(status);
  ServerFacts facts;
  if (models->status == 200) read_models(models->body, settings.chat.model, facts);
  if (auto status = check_model(facts, endpoint, settings.chat.model); !status) return pass(status);
  tell_of_other_name(facts, endpoint, settings);
  constexpr std::string_view kVersionPart = "/v1";
  if (!endpoint.base_url.ends_with(kVersionPart)) return facts;
  const std::string root = endpoint.base_url.substr(0, endpoint.base_url.size() - kVersionPart.size());
  for (const auto& page : version_pages()) {
    if (facts.kind != ServerKind::other && facts.kind != page.kind) continue;
    const auto answer = asking.get_calmly(root + std::string(page.path));
    if (!answer) return pass(answer);
    if (answer->ending == Ending::done && answer->status == 200 && read_version(page, answer->body, facts)) break;
  }
  return facts;
}

}  // namespace osler::openai
