#include "osler/engine/openai/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace osler::openai {
namespace {

constexpr auto kLongestWait = std::chrono::milliseconds(500);
constexpr FeedLimits kFeed{.jobs = 32, .bytes = std::uint64_t{32} << 20U};

/// Which pauses are cut short by how much depends on nothing else; two clients on one server differ by their address.
std::uint64_t seed_of(const void* client, std::size_t server) {
  return reinterpret_cast<std::uintptr_t>(client) + server;
}

}  // namespace

Traffic::Traffic(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings)
    : settings_(settings), pool_(settings.http), uris_(settings.chat.kind) {
  for (const auto& endpoint : endpoints) {
    servers_.push_back({&endpoint, Pacing(settings.parallel, seed_of(this, servers_.size()))});
  }
}

Traffic::~Traffic() = default;

Status Traffic::run(RequestSource& source, ResponseSink& sink, const std::stop_token& stop) {
  const std::stop_callback end_wait(stop, [this] { pool_.wake(); });
  Feed feed(
      source, settings_.chat, kFeed, [this] { pool_.wake(); }, stop);
  while (!stop.stop_requested()) {
    if (auto status = fill(feed, sink, Clock::now()); !status) return status;
    start(Clock::now());
    encoded_anew_ = feed.encoded_anew() + uris_.encoded_anew();
    if (is_idle() && feed.is_done()) return release_refusals(sink);
    for (auto& outcome : pool_.wait(time_to_wait(Clock::now()))) {
      if (auto status = take(std::move(outcome), sink); !status) return status;
    }
    if (auto status = check_patience(Clock::now()); !status) return status;
  }
  return fail(ErrorCode::interrupted, "stopped by the user");
}

/// A few jobs wait at every server for the next answer; the rest stays with the feed, which has bounds. What waits at a
/// server in trouble keeps none of the others from work.
Status Traffic::fill(Feed& feed, ResponseSink& sink, TimePoint now) {
  constexpr std::size_t kFewest = 4;
  const bool any_well = std::ranges::any_of(servers_, is_well);
  std::size_t enough = 0;
  std::size_t have = 0;
  for (const auto& server : servers_) {
    if (any_well && !is_well(server)) continue;
    enough += std::max(kFewest, server.pacing.limit() / 8);
    have += server.waiting.size();
  }
  while (have < enough) {
    JobPointer job = feed.take();
    if (job == nullptr) break;
    if (!job->problem.empty()) {
      if (auto status = emit_error(job->request, job->problem, sink); !status) return status;
      continue;
    }
    servers_[choose_server(job->group)].waiting.push_back(std::move(job));
    ++have;
  }
  look_after_the_lost(now);
  return {};
}

/// A server that was in trouble gets one job when its pause is over: how else should it be seen that it is back?
void Traffic::look_after_the_lost(TimePoint now) {
  for (Server& server : servers_) {
    const bool is_due =
        !is_well(server) && server.waiting.empty() && server.in_flight == 0 && server.pacing.paused_until() <= now;
    if (!is_due) continue;
    Server& richest = *std::ranges::max_element(servers_, {}, [](const Server& other) { return other.waiting.size(); });
    if (richest.waiting.empty()) return;
    server.waiting.push_back(std::move(richest.waiting.back()));
    richest.waiting.pop_back();
  }
}

bool Traffic::is_well(const Server& server) { return !server.pacing.trouble_since().has_value(); }

std::size_t Traffic::choose_server(std::uint64_t group) {
  const auto is_free = [](const Server& server) { return is_well(server) && !server.one_alone; };
  if (last_group_ == group && is_free(servers_[last_server_])) return last_server_;
  const auto load = [&](const Server& server) {
    const auto jobs = static_cast<double>(server.waiting.size() + server.in_flight);
    return std::tuple(!is_well(server), server.one_alone, jobs / static_cast<double>(server.pacing.limit()));
  };
  const auto least = std::ranges::min_element(servers_, {}, load);
  last_group_ = group;
  last_server_ = static_cast<std::size_t>(least - servers_.begin());
  return last_server_;
}

void Traffic::start(TimePoint now) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    while (!server.waiting.empty() && !server.one_alone && server.pacing.may_send(server.in_flight, now)) {
      const bool alone = must_be_alone(*server.waiting.front());
      if (alone && server.in_flight > 0) break;
      JobPointer job = std::move(server.waiting.front());
      server.waiting.pop_front();
      server.one_alone = alone;
      ++server.in_flight;
      job->sent = now;
      const std::uint64_t ticket = next_ticket_++;
      pool_.start(
          {ticket, server.endpoint->base_url + "/chat/completions", server.endpoint->headers.get(), job->body.text});
      sent_.emplace(ticket, Sent{std::move(job), i});
    }
  }
}

std::chrono::milliseconds Traffic::time_to_wait(TimePoint now) const {
  auto wait = kLongestWait;
  for (const auto& server : servers_) {
    if (server.waiting.empty() || server.pacing.paused_until() <= now) continue;
    // Rounded up: a little too early would mean to look again and again.
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(server.pacing.paused_until() - now);
    wait = std::min(wait, pause);
  }
  return wait;
}

Status Traffic::check_patience(TimePoint now) const {
  if (!sent_.empty() || waiting() == 0) return {};
  const bool all_gone = std::ranges::all_of(servers_, [&](const Server& server) {
    const auto since = server.pacing.trouble_since();
    return since && now - *since >= settings_.patience;
  });
  if (!all_gone) return {};
  const Server& first = servers_.front();
  return fail(ErrorCode::engine,
              fmt::format("{} has given no answer for {} s ({})", first.endpoint->host, settings_.patience.count(),
                          first.trouble),
              {}, "see that it runs; the same command then goes on where this one stopped (--patience waits longer)");
}

/// What waits at a server in trouble goes to the others, where there are any.
void Traffic::move_waiting_away(std::size_t from) {
  if (std::ranges::none_of(servers_, is_well)) return;
  auto jobs = std::exchange(servers_[from].waiting, {});
  for (auto& job : jobs) {
    const auto group = job->group;
    servers_[choose_server(group)].waiting.push_back(std::move(job));
  }
}

bool Traffic::is_idle() const { return sent_.empty() && waiting() == 0; }

std::size_t Traffic::waiting() const {
  std::size_t jobs = 0;
  for (const auto& server : servers_) jobs += server.waiting.size();
  return jobs;
}

}  // namespace osler::openai
