#include "osler/engine/openai/http_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/net/address.h"

namespace osler::openai {
namespace {

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

constexpr auto kBetweenLooks = std::chrono::milliseconds(500);

}  // namespace

/// A call that is going on. libcurl holds its address.
struct HttpPool::Call {
  HttpCall asked;
  curl::Handle handle;
  std::uint64_t sent = 0;  ///< Of the body.
  std::string answer;
  std::uint64_t most = 0;  ///< Bytes of an answer.
  TimePoint started;
  TimePoint last_byte = {};  ///< Of the answer; never while there is none.
  bool too_long = false;
  std::array<char, CURL_ERROR_SIZE> reason{};

  /// libcurl's callbacks; nothing may be thrown through C.
  static std::size_t give(char* to, std::size_t one, std::size_t count, void* user) noexcept {
    auto& call = *static_cast<Call*>(user);
    const std::size_t copied = call.asked.body.copy(call.sent, to, one * count);
    call.sent += copied;
    return copied;
  }
  /// When a kept connection turns out to be closed, libcurl sends again on another.
  static int go_back(void* user, curl_off_t offset, int origin) noexcept {
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Call*>(user)->sent = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }
  static std::size_t take(char* data, std::size_t one, std::size_t count, void* user) noexcept {
    auto& call = *static_cast<Call*>(user);
    const std::size_t size = one * count;
    call.last_byte = Clock::now();
    call.too_long = call.answer.size() + size > call.most;
    if (call.too_long) return 0;
    try {
      call.answer.append(data, size);
    } catch (...) {
      return 0;
    }
    return size;
  }

  [[nodiscard]] bool prepare(const HttpLimits& limits) {
    CURL* curl = handle.get();
    if (curl == nullptr) return false;
    curl_easy_reset(curl);
    bool good = curl::set_trust(curl);
    const auto set = [&](CURLoption option, auto value) {
      good = curl_easy_setopt(curl, option, value) == CURLE_OK && good;
    };
    const bool encrypted = is_encrypted(asked.url);
    set(CURLOPT_URL, asked.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);  // other threads are none of libcurl's business
    // Never an upgrade over plain http: servers exist that then lose the request's body.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PIPEWAIT, encrypted ? 1L : 0L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_FORBID_REUSE, limits.keep_connections ? 0L : 1L);
    if (is_loopback(asked.url)) set(CURLOPT_PROXY, "");
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits.connect.count()));
    set(CURLOPT_TIMEOUT, static_cast<long>(limits.total.count()));
    set(CURLOPT_USERAGENT, curl::user_agent().c_str());
    set(CURLOPT_HTTPHEADER, asked.headers);
    set(CURLOPT_WRITEFUNCTION, &Call::take);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_PRIVATE, static_cast<void*>(this));
    set(CURLOPT_ERRORBUFFER, reason.data());
    if (asked.body.size() > 0) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body.size()));
      set(CURLOPT_READFUNCTION, &Call::give);
      set(CURLOPT_READDATA, static_cast<void*>(this));
      set(CURLOPT_SEEKFUNCTION, &Call::go_back);
      set(CURLOPT_SEEKDATA, static_cast<void*>(this));
    }
    most = limits.answer_bytes;
    started = Clock::now();
    return good;
  }

  /// Which limit has been reached, in words.
  [[nodiscard]] std::optional<std::string> overdue(const HttpLimits& limits, TimePoint now) const {
    if (last_byte == TimePoint{}) {
      if (now - started <= limits.first_byte) return std::nullopt;
      return fmt::format("no byte of an answer within {} s", limits.first_byte.count());
    }
    if (now - last_byte <= limits.stall) return std::nullopt;
    return fmt::format("the answer stopped in the middle for {} s", limits.stall.count());
  }

  [[nodiscard]] HttpOutcome outcome(CURLcode code, const HttpLimits& limits) {
    CURL* curl = handle.get();
    HttpOutcome out;
    out.ticket = asked.ticket;
    out.ending = curl::ending_of(code);
    out.status = curl::status_of(curl);
    out.body = std::move(answer);
    if (code != CURLE_OK) {
      out.reason = printable_line(reason.front() != '\0' ? reason.data() : curl_easy_strerror(code));
    }
    curl_off_t connected = 0;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    // An answer that is no HTTP has the same code as an address that is none.
    if (out.ending == Ending::impossible && connected != 0) out.ending = Ending::cut;
    if (code == CURLE_OPERATION_TIMEDOUT) {
      out.timed_out = true;
      out.ending = connected == 0 ? Ending::unreachable : Ending::cut;
      if (connected != 0) out.reason = fmt::format("no whole answer within {} s", limits.total.count());
    }
    if (too_long) {
      out.ending = Ending::cut;
      out.reason = fmt::format("an answer of more than {} bytes", limits.answer_bytes);
    }
    if (out.status >= 300 && out.status < 400) out.location = printable_line(curl::header_of(curl, "Location"));
    curl_off_t seconds = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
    out.retry_after = std::chrono::seconds(std::max<curl_off_t>(0, seconds));
    return out;
  }
};

struct HttpPool::State {
  explicit State(HttpLimits chosen) : limits(chosen), multi(curl_multi_init()) {}
  ~State() {
    for (auto& [address, call] : calls) curl_multi_remove_handle(multi.get(), call->handle.get());
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Takes a call out; its handle is kept for another.
  std::unique_ptr<Call> take_out(Call* call) {
    curl_multi_remove_handle(multi.get(), call->handle.get());
    auto node = calls.extract(call);
    return std::move(node.mapped());
  }

  void collect_ended(std::vector<HttpOutcome>& ended) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;  // the message is gone with the handle
      char* address = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &address);
      auto* call = reinterpret_cast<Call*>(address);
      ended.push_back(call->outcome(code, limits));
      spare.push_back(std::move(take_out(call)->handle));
    }
  }

  void collect_overdue(std::vector<HttpOutcome>& ended) {
    const auto now = Clock::now();
    if (now - last_look < kBetweenLooks) return;
    last_look = now;
    std::vector<Call*> late;
    for (const auto& [address, call] : calls) {
      if (call->overdue(limits, now)) late.push_back(address);
    }
    for (Call* address : late) {
      // The connection goes with the handle: an answer that comes later must not be another call's.
      const auto call = take_out(address);
      HttpOutcome out = call->outcome(CURLE_OK, limits);
      out.ending = Ending::cut;
      out.timed_out = true;
      out.reason = *call->overdue(limits, now);
      ended.push_back(std::move(out));
    }
  }

  HttpLimits limits;
  std::unique_ptr<CURLM, FreeMulti> multi;
  std::unordered_map<Call*, std::unique_ptr<Call>> calls;
  std::vector<curl::Handle> spare;
  std::vector<HttpOutcome> failed;  ///< That could not even begin.
  TimePoint last_look = {};
};

HttpPool::HttpPool(HttpLimits limits) : state_(std::make_unique<State>(limits)) {}
HttpPool::~HttpPool() = default;

void HttpPool::start(HttpCall asked) {
  auto call = std::make_unique<Call>();
  call->asked = std::move(asked);
  if (state_->spare.empty()) {
    call->handle = curl::make_handle();
  } else {
    call->handle = std::move(state_->spare.back());
    state_->spare.pop_back();
  }
  const bool good = state_->multi != nullptr && call->prepare(state_->limits) &&
                    curl_multi_add_handle(state_->multi.get(), call->handle.get()) == CURLM_OK;
  if (!good) {
    HttpOutcome out;
    out.ticket = call->asked.ticket;
    out.reason = "libcurl cannot make the call";
    state_->failed.push_back(std::move(out));
    return;
  }
  Call* const address = call.get();
  state_->calls.emplace(address, std::move(call));
}

std::vector<HttpOutcome> HttpPool::wait(std::chrono::milliseconds time) {
  std::vector<HttpOutcome> ended = std::exchange(state_->failed, {});
  CURLM* multi = state_->multi.get();
  if (multi == nullptr) return ended;
  int running = 0;
  curl_multi_perform(multi, &running);
  state_->collect_ended(ended);
  if (ended.empty()) {
    const auto most = std::min<std::chrono::milliseconds>(time, kBetweenLooks);
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::max<std::int64_t>(0, most.count())), nullptr);
    curl_multi_perform(multi, &running);
    state_->collect_ended(ended);
  }
  state_->collect_overdue(ended);
  return ended;
}

void HttpPool::wake() {
  if (state_->multi != nullptr) curl_multi_wakeup(state_->multi.get());
}

std::size_t HttpPool::in_flight() const { return state_->calls.size(); }

}  // namespace osler::openai
