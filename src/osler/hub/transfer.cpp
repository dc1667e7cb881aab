#include "osler/hub/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "osler/core/utf8.h"
#include "osler/net/address.h"
#include "osler/net/curl.h"

namespace osler::hub {
namespace {

constexpr long kMaxRedirects = 10;

/// What the callbacks of one transfer share.
struct Exchange {
  CURL* curl = nullptr;
  const Sink* sink = nullptr;
  const std::stop_token* stop = nullptr;
};

/// libcurl's write callback; anything but the number of bytes ends the transfer. Nothing may be thrown through C.
std::size_t take_body(char* data, std::size_t one, std::size_t count, void* user) noexcept {
  try {
    const auto& exchange = *static_cast<Exchange*>(user);
    const std::string range = curl::header_of(exchange.curl, "Content-Range");
    const bool taken = (*exchange.sink)({curl::status_of(exchange.curl), range}, {data, one * count});
    return taken ? one * count : 0;
  } catch (...) {
    return 0;
  }
}

/// libcurl's progress callback: it is called at least once a second, whatever happens, so a stop is seen soon.
int ask_for_stop(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return static_cast<Exchange*>(user)->stop->stop_requested() ? 1 : 0;
}

}  // namespace

struct Transfers::Handle {
  template <class Value>
  void set(CURLoption option, Value value) {
    good = curl_easy_setopt(curl.get(), option, value) == CURLE_OK && good;
  }

  /// The address, who may be spoken to, and how long is waited.
  void set_address(const TransferRequest& request) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    // What began encrypted stays encrypted.
    set(CURLOPT_REDIR_PROTOCOLS_STR, request.url.starts_with("https:") ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
    set(CURLOPT_NOSIGNAL, 1L);  // other threads are none of libcurl's business
  }

  void set_headers(const TransferRequest& request) {
    set(CURLOPT_USERAGENT, curl::user_agent().c_str());
    if (request.compressed) set(CURLOPT_ACCEPT_ENCODING, "");
    if (request.from_byte) set(CURLOPT_RANGE, fmt::format("{}-", *request.from_byte).c_str());
    if (!request.bearer.empty()) {
      // libcurl drops this header when a redirect leaves the host, port or protocol.
      headers.reset();
      good = curl::append(headers, fmt::format("Authorization: Bearer {}", request.bearer)) && good;
      set(CURLOPT_HTTPHEADER, headers.get());
    }
  }

  void set_callbacks(Exchange& exchange) {
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_XFERINFOFUNCTION, &ask_for_stop);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&exchange));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_ERRORBUFFER, reason.data());
  }

  curl::Handle curl = curl::make_handle();
  curl::HeaderList headers;
  std::array<char, CURL_ERROR_SIZE> reason{};
  bool good = true;
};

Transfers::Transfers() : handle_(std::make_unique<Handle>()) {}
Transfers::~Transfers() = default;
Transfers::Transfers(Transfers&&) noexcept = default;
Transfers& Transfers::operator=(Transfers&&) noexcept = default;

TransferResult Transfers::get(const TransferRequest& request, const Sink& sink, const std::stop_token& stop) {
  TransferResult result;
  result.host = host_of(request.url);
  CURL* curl = handle_->curl.get();
  if (curl == nullptr || result.host.empty()) {
    result.reason = curl == nullptr ? "libcurl cannot be started" : "not an address for http or https";
    return result;
  }
  Exchange exchange{curl, &sink, &stop};
  curl_easy_reset(curl);
  handle_->good = true;
  handle_->reason.fill('\0');
  handle_->set_address(request);
  handle_->good = curl::set_trust(curl) && handle_->good;
  handle_->set_headers(request);
  handle_->set_callbacks(exchange);
  const CURLcode code = handle_->good ? curl_easy_perform(curl) : CURLE_NOT_BUILT_IN;

  result.ending = curl::ending_of(code);
  result.status = curl::status_of(curl);
  curl_off_t connected = 0;
  curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected);
  if (code == CURLE_OPERATION_TIMEDOUT && connected == 0 && result.status == 0) result.ending = Ending::unreachable;
  const bool in_redirect = result.status >= 300 && result.status < 400;
  if (in_redirect && result.ending == Ending::impossible) result.ending = Ending::redirected;
  const char* last = nullptr;
  curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &last);
  if (const auto host = last == nullptr ? std::string() : host_of(last); !host.empty()) result.host = host;
  const char* said = handle_->reason.data();
  if (code != CURLE_OK) result.reason = printable_line(*said != '\0' ? said : curl_easy_strerror(code));
  result.error_code = curl::header_of(curl, "X-Error-Code");
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  result.retry_after = std::chrono::seconds(std::max<curl_off_t>(0, seconds));
  return result;
}

}  // namespace osler::hub
