#include "osler/engine/openai/embedding_traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/engine/openai/chat_reply.h"
#include "osler/engine/openai/setup_errors.h"

namespace osler::openai {
namespace {

/// Of one request. Servers have limits of their own on both; these are far below those that are known.
constexpr std::size_t kTexts = 32;
constexpr std::size_t kBytes = std::size_t{128} << 10U;
constexpr unsigned kMostFailures = 3;
/// When so many items were refused and none embedded, it is not the items' fault.
constexpr std::size_t kMostRefused = 16;
constexpr std::chrono::milliseconds kLongestWait{500};

bool is_overload(long status) {
  constexpr long kTooEarly = 425;
  constexpr long kSiteIsOverloaded = 529;
  return status == 408 || status == kTooEarly || status == 429 || status == 503 || status == kSiteIsOverloaded;
}

std::string with_text(const std::string& sentence, const std::string& said) {
  return said.empty() ? sentence : sentence + ": " + said;
}

/// Ends the pool's wait when it is time to stop.
struct Wake {
  HttpPool* pool;
  void operator()() const { pool->wake(); }
};

}  // namespace

EmbeddingTraffic::EmbeddingTraffic(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings,
                                   std::string instruction, bool with_images)
    : settings_(settings),
      instruction_(std::move(instruction)),
      with_images_(with_images),
      pool_(settings.http),
      uris_(settings.chat.kind) {
  for (const auto& endpoint : endpoints) {
    servers_.push_back({&endpoint, Pacing(settings.parallel, servers_.size() + 1)});
  }
}

Status EmbeddingTraffic::run(EmbeddingSource& source, EmbeddingSink& sink, const std::stop_token& stop) {
  const std::stop_callback end_wait(stop, Wake{&pool_});
  while (!stop.stop_requested()) {
    fill(source, stop);
    if (auto status = start(sink); !status) return status;
    if (sent_.empty() && waiting_.empty() && exhausted_) return {};
    if (auto status = check_patience(); !status) return status;
    for (auto& outcome : pool_.wait(time_to_wait())) {
      if (auto status = take(std::move(outcome), sink); !status) return status;
    }
  }
  return fail(ErrorCode::interrupted, "stopped by the user");
}

/// As many as can be sent now, and one more.
std::size_t EmbeddingTraffic::wanted() const {
  std::size_t jobs = 1;
  for (const auto& server : servers_) jobs += server.pacing.limit() - std::min(server.pacing.limit(), server.in_flight);
  return jobs;
}

void EmbeddingTraffic::fill(EmbeddingSource& source, const std::stop_token& stop) {
  while (!exhausted_ && !stop.stop_requested() && waiting_.size() < wanted()) {
    Job job;
    std::size_t bytes = 0;
    while (job.requests.size() < kTexts && bytes < kBytes) {
      auto request = pulled_ ? std::exchange(pulled_, std::nullopt) : source.next();
      if (!request) {
        exhausted_ = !stop.stop_requested();
        break;
      }
      // An item with pictures has a request of its own.
      const bool shown = is_shown(*request);
      if (shown && !job.requests.empty()) {
        pulled_ = std::move(request);
        break;
      }
      bytes += request->text.size();
      job.requests.push_back(std::move(*request));
      if (shown) break;
    }
    if (job.requests.empty()) return;
    waiting_.push_back(std::move(job));
  }
}

Result<Pieces> EmbeddingTraffic::body_of(const Job& job) {
  if (!is_shown(job.requests.front())) return make_texts_body(job.requests, settings_.chat);
  return make_conversation_body(job.requests.front(), instruction_, settings_.chat, uris_);
}

Status EmbeddingTraffic::start(EmbeddingSink& sink) {
  const auto now = Clock::now();
  while (!waiting_.empty()) {
    const auto server = std::ranges::min_element(servers_, {}, [&](const Server& one) {
      return std::pair(!one.pacing.may_send(one.in_flight, now), one.in_flight);
    });
    if (!server->pacing.may_send(server->in_flight, now)) return {};
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    auto body = body_of(job);
    if (!body) {
      if (auto status = sink.accept({job.requests.front().item_id, {}, body.error().message()}); !status) return status;
      continue;
    }
    const std::uint64_t ticket = next_ticket_++;
    pool_.start(
        {ticket, server->endpoint->base_url + "/embeddings", server->endpoint->headers.get(), std::move(*body)});
    ++server->in_flight;
    sent_.emplace(ticket, Sent{std::move(job), static_cast<std::size_t>(server - servers_.begin())});
  }
  return {};
}

Status EmbeddingTraffic::take(HttpOutcome outcome, EmbeddingSink& sink) {
  auto node = sent_.extract(outcome.ticket);
  Sent sent = std::move(node.mapped());
  Server& server = servers_[sent.server];
  --server.in_flight;
  const std::string& host = server.endpoint->host;
  switch (outcome.ending) {
    case Ending::done:
      return take_answer(std::move(sent), outcome, sink);
    case Ending::cut:
      return take_failure(std::move(sent), outcome.reason, sink);
    case Ending::unreachable:
      take_trouble(std::move(sent), outcome.reason, false, {});
      return {};
    case Ending::untrusted:
      return untrusted(host, outcome.reason);
    default:
      return fail(ErrorCode::engine, fmt::format("{} cannot be asked ({})", host, outcome.reason));
  }
}

Status EmbeddingTraffic::take_answer(Sent sent, const HttpOutcome& outcome, EmbeddingSink& sink) {
  Server& server = servers_[sent.server];
  const std::string& host = server.endpoint->host;
  const long status = outcome.status;
  if (status >= 200 && status < 300) return take_vectors(std::move(sent), outcome, sink);
  const std::string said = refusal_text(outcome.body);
  const bool is_first = dimensions_ == 0;
  if (status == 401 || (status == 403 && is_first)) return key_refused(host, status, said);
  constexpr long kNotImplemented = 501;
  if (is_first && (status == 404 || status == 405 || status == kNotImplemented)) {
    return fail(ErrorCode::usage,
                with_text(fmt::format("{} does not embed with '{}' (HTTP {} at /embeddings)", host,
                                      settings_.chat.model, status),
                          said),
                {}, "start it for embeddings (vllm serve --runner pooling, llama-server --embedding --pooling last)");
  }
  if (status >= 300 && status < 400) return redirected(host, outcome.location);
  const std::string what = with_text(fmt::format("HTTP {}", status), said);
  if (is_overload(status)) {
    take_trouble(std::move(sent), what, true, outcome.retry_after);
    return {};
  }
  if (status >= 500) return take_failure(std::move(sent), what, sink);
  server.pacing.answered();
  server.trouble.clear();
  return blame(std::move(sent.job), host, "refused it (" + what + ")", sink);
}

Status EmbeddingTraffic::take_vectors(Sent sent, const HttpOutcome& outcome, EmbeddingSink& sink) {
  Server& server = servers_[sent.server];
  server.pacing.answered();
  server.trouble.clear();
  const std::string& host = server.endpoint->host;
  auto vectors = read_embeddings(outcome.body, sent.job.requests.size());
  if (!vectors) return blame(std::move(sent.job), host, "gave no vector: " + vectors.error().what, sink);
  if (dimensions_ == 0) dimensions_ = vectors->front().size();
  if (vectors->front().size() != dimensions_) {
    return fail(ErrorCode::mismatch,
                fmt::format("{} gave a vector of {} numbers, and before that there were {}", host,
                            vectors->front().size(), dimensions_),
                {}, "another model answers now: start again with one");
  }
  for (std::size_t i = 0; i < vectors->size(); ++i) {
    auto status = sink.accept({std::move(sent.job.requests[i].item_id), std::move((*vectors)[i]), {}});
    if (!status) return status;
  }
  return {};
}

Status EmbeddingTraffic::take_failure(Sent sent, const std::string& what, EmbeddingSink& sink) {
  Server& server = servers_[sent.server];
  if (++sent.job.failures >= kMostFailures) {
    return blame(std::move(sent.job), server.endpoint->host, fmt::format("failed at it ({})", what), sink);
  }
  server.pacing.failed(Clock::now());
  server.trouble = what;
  waiting_.push_back(std::move(sent.job));  // others first: they show whether the server is well
  return {};
}

void EmbeddingTraffic::take_trouble(Sent sent, const std::string& what, bool overload, std::chrono::seconds asked) {
  Server& server = servers_[sent.server];
  const bool is_news = !server.pacing.trouble_since().has_value();
  if (overload) {
    server.pacing.overloaded(Clock::now(), asked);
  } else {
    server.pacing.failed(Clock::now());
  }
  server.trouble = what;
  waiting_.push_front(std::move(sent.job));
  if (is_news && !overload && settings_.tell) {
    settings_.tell(fmt::format("{} cannot be reached ({}): waiting for it, up to {} s", server.endpoint->host, what,
                               settings_.patience.count()));
  }
}

Status EmbeddingTraffic::blame(Job job, const std::string& host, const std::string& why, EmbeddingSink& sink) {
  if (job.requests.size() > 1) {
    for (auto& request : job.requests) {
      waiting_.emplace_back();
      waiting_.back().requests.push_back(std::move(request));
    }
    return {};
  }
  const std::string error = fmt::format("{} {}", host, why);
  if (dimensions_ == 0 && ++refused_ >= kMostRefused) {
    return fail(ErrorCode::engine, fmt::format("none of the first {} items has a vector; {}", refused_, error));
  }
  return sink.accept({std::move(job.requests.front().item_id), {}, error});
}

Status EmbeddingTraffic::check_patience() const {
  if (!sent_.empty() || waiting_.empty()) return {};
  const auto now = Clock::now();
  const bool all_gone = std::ranges::all_of(servers_, [&](const Server& server) {
    const auto since = server.pacing.trouble_since();
    return since && now - *since >= settings_.patience;
  });
  if (!all_gone) return {};
  return fail(ErrorCode::engine,
              fmt::format("{} has given no answer for {} s ({})", servers_.front().endpoint->host,
                          settings_.patience.count(), servers_.front().trouble),
              {}, "see that it runs (--patience waits longer)");
}

std::chrono::milliseconds EmbeddingTraffic::time_to_wait() const {
  auto wait = kLongestWait;
  if (waiting_.empty()) return wait;
  const auto now = Clock::now();
  for (const auto& server : servers_) {
    if (server.pacing.paused_until() <= now) continue;
    // Rounded up: a little too early would mean to look again and again.
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(server.pacing.paused_until() - now));
  }
  return wait;
}

}  // namespace osler::openai
