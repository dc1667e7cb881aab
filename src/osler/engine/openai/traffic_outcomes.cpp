// What becomes of a job when its call has ended.

#include <fmt/format.h>

#include <utility>

#include "osler/engine/openai/chat_reply.h"
#include "osler/engine/openai/setup_errors.h"
#include "osler/engine/openai/traffic.h"
#include "osler/engine/turns.h"

namespace osler::openai {
namespace {

constexpr unsigned kMostStrikes = 4;
/// A server that is silent at more calls in a row than these hangs, whatever it was asked.
constexpr unsigned kMostSilences = 4;
/// A run in which nothing but refusals comes back stops after so many, of so many pictures: they are not the items'
/// fault.
constexpr std::size_t kMostRefusals = 16;
constexpr std::size_t kMostRefusedGroups = 4;

bool is_overload(long status) {
  constexpr long kTooEarly = 425;
  constexpr long kSiteIsOverloaded = 529;
  return status == 408 || status == kTooEarly || status == 429 || status == 503 || status == kSiteIsOverloaded;
}

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string with_text(const std::string& sentence, const std::string& said) {
  return said.empty() ? sentence : sentence + ": " + said;
}

Response error_of(const Request& request, std::string why) {
  Response response;
  response.item_id = request.item_id;
  response.finish = FinishReason::error;
  response.error = std::move(why);
  return response;
}

}  // namespace

Status Traffic::take(HttpOutcome outcome, ResponseSink& sink) {
  auto node = sent_.extract(outcome.ticket);
  Sent sent = std::move(node.mapped());
  Server& server = servers_[sent.server];
  --server.in_flight;
  if (must_be_alone(*sent.job)) server.one_alone = false;
  const std::string& host = server.endpoint->host;
  switch (outcome.ending) {
    case Ending::done:
      return take_answer(std::move(sent), outcome, sink);
    case Ending::cut:
      return take_failure(std::move(sent), outcome.reason,
                          outcome.timed_out ? Blame::request_by_the_clock : Blame::unknown, sink);
    case Ending::unreachable:
      take_trouble(std::move(sent), outcome.reason, false, {});
      return {};
    case Ending::untrusted:
      return untrusted(host, outcome.reason);
    default:
      return fail(ErrorCode::engine, fmt::format("{} cannot be asked ({})", host, outcome.reason));
  }
}

Status Traffic::take_answer(Sent sent, const HttpOutcome& outcome, ResponseSink& sink) {
  const Server& server = servers_[sent.server];
  const std::string& host = server.endpoint->host;
  const long status = outcome.status;
  const bool is_first = server.last_good == TimePoint{};
  if (status >= 200 && status < 300) {
    auto reply = read_reply(outcome.body, sent.job->request);
    if (!reply) return take_failure(std::move(sent), reply.error().what, Blame::request, sink);
    return take_reply(std::move(sent), std::move(*reply), sink);
  }
  const std::string said = refusal_text(outcome.body);
  if (status == 401 || (status == 403 && is_first)) {
    return key_refused(host, status, said);
  }
  if (status == 404 && is_first) {
    return fail(ErrorCode::usage,
                with_text(fmt::format("{} does not serve '{}' at {} (HTTP 404)", host, settings_.chat.model,
                                      server.endpoint->base_url),
                          said),
                {}, "give the served name as openai:NAME, and the address with its /v1 as --base-url");
  }
  if (status >= 300 && status < 400) {
    return redirected(host, outcome.location);
  }
  constexpr long kPaymentRequired = 402;
  // The server has served the model before, so it is the server that changed.
  if (status == 404 || status == kPaymentRequired) {
    take_trouble(std::move(sent), with_text(fmt::format("HTTP {}", status), said), false, {});
    return {};
  }
  if (is_overload(status)) {
    // Some gateways put off what takes too long, for ever, in the words of a server that has too much to do.
    constexpr unsigned kPatience = 4;
    Job& job = *sent.job;
    const bool may_be_its_own = status != 429 && outcome.retry_after.count() == 0 && server.last_good > job.sent;
    if (may_be_its_own && ++job.postponed % kPatience == 0) {
      return take_failure(std::move(sent), with_text(fmt::format("HTTP {}", status), said), Blame::request, sink);
    }
    take_trouble(std::move(sent), with_text(fmt::format("HTTP {}", status), said), true, outcome.retry_after);
    return {};
  }
  constexpr long kNotImplemented = 501;
  if (status >= 500 && status != kNotImplemented) {
    return take_failure(std::move(sent), with_text(fmt::format("HTTP {}", status), said), Blame::unknown, sink);
  }
  return take_refusal(std::move(sent), outcome, sink);
}

Status Traffic::take_reply(Sent sent, Response reply, ResponseSink& sink) {
  Job& job = *sent.job;
  note_good(servers_[sent.server], Clock::now());
  if (auto status = release_refusals(sink); !status) return status;
  reply.prompt_hash = job.body.prompt_hash;
  if (reply.prefill_ms == 0.0 && reply.decode_ms == 0.0) reply.decode_ms = milliseconds(Clock::now() - job.sent);
  if (!job.request.follow_up.empty() && reply.finish != FinishReason::error) {
    return ask_second_turn(std::move(sent), std::move(reply), sink);
  }
  if (job.first_turn) reply = join_turns(std::move(*job.first_turn), std::move(reply));
  return emit(std::move(reply), sink);
}

Status Traffic::ask_second_turn(Sent sent, Response reply, ResponseSink& sink) {
  Job& job = *sent.job;
  job.request = second_turn(job.request, reply.text);
  auto body = make_chat_body(job.request, settings_.chat, uris_);
  if (!body) return emit_error(job.request, body.error().message(), sink);
  job.first_turn = std::move(reply);
  job.body = std::move(*body);
  job.strikes = 0;
  job.failures = 0;
  job.own_failures = 0;
  servers_[sent.server].waiting.push_front(std::move(sent.job));
  return {};
}

Status Traffic::take_refusal(Sent sent, const HttpOutcome& outcome, ResponseSink& sink) {
  Server& server = servers_[sent.server];
  server.pacing.answered();
  server.trouble.clear();
  const std::string said = refusal_text(outcome.body);
  const std::string way_out = is_about_length(said)
                                  ? "lower --max-new-tokens, or start the server with a longer context"
                                  : "see the server's log, and docs/serving.md";
  std::string sentence = fmt::format(
      "{}; {}", with_text(fmt::format("the server refused the request (HTTP {})", outcome.status), said), way_out);
  return keep_refusal(*sent.job, error_of(sent.job->request, std::move(sentence)), server.endpoint->host, sink);
}

/// Until there is a first answer, what no server would answer is held back: if nothing else comes, it is not the items'
/// fault, and they are not spoilt.
Status Traffic::keep_refusal(const Job& job, Response response, const std::string& host, ResponseSink& sink) {
  if (answered_) return emit(std::move(response), sink);
  const std::string said = response.error;
  refusals_.push_back(std::move(response));
  refused_groups_.insert(job.group);
  if (refusals_.size() < kMostRefusals || refused_groups_.size() < kMostRefusedGroups) return {};
  return fail(ErrorCode::engine,
              fmt::format("{} answered none of the first {} requests; the last: {}", host, refusals_.size(), said));
}

/// Its connection broke, or it gave something else than an answer. Whether the request is to blame is known when the
/// server answered others meanwhile, or had no other.
Status Traffic::take_failure(Sent sent, const std::string& what, Blame blame, ResponseSink& sink) {
  Server& server = servers_[sent.server];
  Job& job = *sent.job;
  const auto now = Clock::now();
  const bool was_alone = must_be_alone(job);
  const bool nothing_else = waiting() == 0 && sent_.empty();
  const bool server_is_well = server.last_good > job.sent;
  if (blame == Blame::request_by_the_clock && !server_is_well) ++server.silences;
  const bool hangs = server.silences > kMostSilences;
  const bool broke_alone = was_alone && (nothing_else || server.last_good > job.failed);
  const bool is_its_own = blame == Blame::request || (blame == Blame::request_by_the_clock && !hangs) ||
                          server_is_well || broke_alone || job.failures == 0;
  ++job.failures;
  job.failed = now;
  // The clock takes long enough as it is.
  if (is_its_own) job.strikes += blame == Blame::request_by_the_clock ? 2 : 1;
  job.own_failures += is_its_own ? 1 : 0;
  if (job.strikes >= kMostStrikes) return give_up(job, server, what, sink);
  if (blame != Blame::request && !server_is_well) {
    server.pacing.failed(now);
    server.trouble = what;
  }
  if (was_alone) {
    server.waiting.push_back(std::move(sent.job));  // others first: they show whether the server is well
  } else {
    server.waiting.push_front(std::move(sent.job));
  }
  if (!is_well(server)) move_waiting_away(sent.server);
  return {};
}

Status Traffic::give_up(const Job& job, Server& server, const std::string& what, ResponseSink& sink) {
  // It was the request's fault, so the server is not in trouble.
  server.pacing.answered();
  server.trouble.clear();
  auto why = fmt::format("the server failed {} times at this request; the last time: {}", job.own_failures, what);
  return keep_refusal(job, error_of(job.request, std::move(why)), server.endpoint->host, sink);
}

void Traffic::take_trouble(Sent sent, const std::string& what, bool overload, std::chrono::seconds asked) {
  Server& server = servers_[sent.server];
  const bool is_news = !server.pacing.trouble_since().has_value();
  const auto now = Clock::now();
  if (overload) {
    server.pacing.overloaded(now, asked);
  } else {
    server.pacing.failed(now);
  }
  server.trouble = what;
  server.waiting.push_front(std::move(sent.job));
  if (is_news && !overload && settings_.tell) {
    settings_.tell(fmt::format("{} cannot be reached ({}): waiting for it, up to {} s", server.endpoint->host, what,
                               settings_.patience.count()));
  }
  move_waiting_away(sent.server);
}

void Traffic::note_good(Server& server, TimePoint now) {
  if (!server.trouble.empty() && server.pacing.trouble_since() && settings_.tell &&
      now - *server.pacing.trouble_since() > std::chrono::seconds(2)) {
    settings_.tell(fmt::format("{} answers again", server.endpoint->host));
  }
  server.pacing.answered();
  server.last_good = now;
  server.silences = 0;
  server.trouble.clear();
  answered_ = true;
}

Status Traffic::emit(Response response, ResponseSink& sink) { return sink.accept(std::move(response)); }

Status Traffic::emit_error(const Request& request, std::string why, ResponseSink& sink) {
  return emit(error_of(request, std::move(why)), sink);
}

Status Traffic::release_refusals(ResponseSink& sink) {
  for (auto& response : std::exchange(refusals_, {})) {
    if (auto status = emit(std::move(response), sink); !status) return status;
  }
  return {};
}

}  // namespace osler::openai
