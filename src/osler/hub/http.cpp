#include "osler/hub/http.h"
#include "osler/net/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace osler::hub {
namespace {

constexpr long kWhole = 200;
constexpr long kPart = 206;
constexpr long kRangeRefused = 416;
constexpr long kTooManyRequests = 429;

/// A failure after so much new content is not one of a row: a long download may be cut as often as it likes.
constexpr std::uint64_t kProgress = std::uint64_t{1} << 20;

const char* const kElsewhere =
    "check the network and the proxy (https_proxy), or fetch the files on another machine and copy them into the cache "
    "(HF_HUB_CACHE) or name their folder with --data DIR";

bool is_transient(long status) { return status == kTooManyRequests || (status >= 500 && status < 600); }

/// The first byte and the whole size ("bytes 100-199/200", "bytes 100-199/*") of a Content-Range.
struct ByteRange {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> total;
};

std::optional<ByteRange> byte_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  const char* end = text.data() + text.size();
  ByteRange range;
  const auto first = std::from_chars(text.data() + kUnit.size(), end, range.first);
  if (first.ec != std::errc{}) return std::nullopt;
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return range;
  std::uint64_t total = 0;
  if (std::from_chars(text.data() + slash + 1, end, total).ec == std::errc{}) range.total = total;
  return range;
}

Error wrong_size(const std::string& host, std::uint64_t announced, const std::string& got) {
  return {ErrorCode::mismatch,
          fmt::format("{} sends {} where {} bytes were announced", host, got, announced),
          {},
          "start again; if it stays so, the hub or a proxy on the way is at fault"};
}

/// What a transfer that no further attempt can mend is to the user.
Error transfer_error(const TransferResult& transfer) {
  const auto& host = transfer.host;
  switch (transfer.ending) {
    case Ending::unreachable:
      return {ErrorCode::io, fmt::format("{} cannot be reached ({})", host, transfer.reason), {}, kElsewhere};
    case Ending::untrusted:
      return {ErrorCode::io,
              fmt::format("the certificate of {} is not trusted ({})", host, transfer.reason),
              {},
              "name your organisation's certificates with SSL_CERT_FILE, or install the package ca-certificates"};
    case Ending::redirected:
      return {ErrorCode::io,
              fmt::format("{} redirects without end or to an address that is not allowed ({})", host, transfer.reason),
              {},
              "check HF_ENDPOINT and the proxy"};
    case Ending::impossible:
      return {ErrorCode::usage,
              fmt::format("cannot be fetched ({})", transfer.reason),
              {},
              "check that HF_ENDPOINT is like https://huggingface.co"};
    case Ending::stopped:
      return stopped_error();
    case Ending::done:
      if (transfer.status == kTooManyRequests) {
        return {ErrorCode::io,
                fmt::format("{} answers that it is asked too often (status 429)", host),
                {},
                "start again in some minutes: what was fetched is kept; with a token in HF_TOKEN more is allowed"};
      }
      if (is_transient(transfer.status)) {
        return {ErrorCode::io,
                fmt::format("{} fails (status {})", host, transfer.status),
                {},
                "start again later: what was fetched is kept"};
      }
      [[fallthrough]];
    default:
      return {ErrorCode::io,
              fmt::format("the connection to {} breaks off{}", host,
                          transfer.reason.empty() ? "" : " (" + transfer.reason + ")"),
              {},
              "start again: what was fetched is kept"};
  }
}

}  // namespace

void wait_or_stop(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

Error stopped_error() {
  return {ErrorCode::interrupted, "stopped", {}, "start again to go on: what was fetched is kept"};
}

/// What one attempt came to.
struct HttpClient::Attempt {
  TransferResult transfer;
  std::string body = {};
  std::optional<Error> permanent = std::nullopt;  ///< No further attempt makes sense.
  bool short_of_end = false;                      ///< The answer was good, and yet something is missing.
  bool progressed = false;
};

HttpClient::HttpClient(HttpSettings settings, std::stop_token stop)
    : settings_(std::move(settings)), stop_(std::move(stop)) {}

Status HttpClient::check() const {
  if (host_of(settings_.endpoint).empty()) {
    return fail(ErrorCode::usage, "the hub's address is not one for http or https", {"HF_ENDPOINT"},
                "write it like https://huggingface.co");
  }
  // A line end in it would begin another header.
  if (!std::all_of(settings_.token.begin(), settings_.token.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return fail(ErrorCode::usage, "the hub's token holds a character that no token has", {"HF_TOKEN"},
                "set it again, or the file that it is read from");
  }
  return {};
}

TransferRequest HttpClient::request_for(const std::string& url) const {
  TransferRequest request{.url = url};
  if (url.starts_with(settings_.endpoint + "/")) request.bearer = settings_.token;
  request.connect_timeout = settings_.connect_timeout;
  request.stall_timeout = settings_.stall_timeout;
  return request;
}

std::chrono::milliseconds HttpClient::wait_before_retry(int failures, const TransferResult& transfer) const {
  auto wait = settings_.first_wait;
  for (int i = 1; i < failures && wait < settings_.longest_wait; ++i) wait *= 2;
  if (transfer.ending == Ending::done && transfer.retry_after.count() > 0) {
    // Compared in seconds: a hostile number of them would overflow in milliseconds.
    if (transfer.retry_after >= settings_.longest_wait) return settings_.longest_wait;
    wait = transfer.retry_after;
  }
  return std::min(wait, settings_.longest_wait);
}

Result<HttpAnswer> HttpClient::with_retries(const std::function<Attempt()>& attempt) {
  if (const auto status = check(); !status) return pass(status);
  int failures = 0;
  while (true) {
    if (stop_.stop_requested()) return tl::unexpected(stopped_error());
    Attempt now = attempt();
    const auto& transfer = now.transfer;
    if (now.permanent) return tl::unexpected(std::move(*now.permanent));
    const bool answered = transfer.ending == Ending::done;
    if (answered && !now.short_of_end && !is_transient(transfer.status)) {
      reached_ = true;
      return HttpAnswer{transfer.status, transfer.host, transfer.error_code, std::move(now.body)};
    }
    const bool may_pass = answered || transfer.ending == Ending::cut || transfer.ending == Ending::refused ||
                          (transfer.ending == Ending::unreachable && reached_);
    failures = now.progressed ? 1 : failures + 1;
    if (!may_pass || failures >= settings_.attempts) return tl::unexpected(transfer_error(transfer));
    reached_ = reached_ || answered;
    settings_.wait(wait_before_retry(failures, transfer), stop_);
  }
}

Result<HttpAnswer> HttpClient::get_text(const std::string& url, std::uint64_t max_bytes) {
  return with_retries([&] {
    Attempt attempt;
    auto request = request_for(url);
    request.compressed = true;
    bool too_large = false;
    const Sink sink = [&](const AnswerHead& head, std::string_view bytes) {
      if (head.status < 200 || head.status >= 300) return true;  // its words are not needed
      too_large = bytes.size() > max_bytes - attempt.body.size();
      if (!too_large) attempt.body += bytes;
      return !too_large;
    };
    attempt.transfer = transfers_.get(request, sink, stop_);
    if (too_large) {
      attempt.permanent = Error{ErrorCode::limit,
                                fmt::format("{} answers with more than {} bytes", attempt.transfer.host, max_bytes),
                                {},
                                "check HF_ENDPOINT: this is not how a hub answers"};
    }
    return attempt;
  });
}

/// Writes the body of one answer into the partial file, wherever the server lets it begin.
class HttpClient::FileSink {
 public:
  FileSink(PartialFile& file, std::uint64_t size, const OnBytes& on_bytes)
      : file_(file), size_(size), asked_from_(file.size()), on_bytes_(on_bytes) {}

  bool take(const AnswerHead& head, std::string_view bytes) {
    if (head.status != kWhole && head.status != kPart) return true;  // a refusal's words are not the file
    if (!begun_ && !begin(head)) return false;
    if (bytes.size() > size_ - file_.size()) {
      other_size = fmt::format("more than {} bytes", size_);
      return false;
    }
    if (const auto status = file_.append(bytes); !status) {
      disk = status.error();
      return false;
    }
    if (on_bytes_) on_bytes_(file_.size());
    return true;
  }

  std::optional<Error> disk;
  std::string other_size;  ///< In words, if the server's file has another size.

 private:
  bool begin(const AnswerHead& head) {
    begun_ = true;
    const auto range = byte_range(head.content_range);
    if (head.status == kPart && range && range->total && *range->total != size_) {
      other_size = fmt::format("a file of {} bytes", *range->total);
      return false;
    }
    if (head.status == kPart && range && range->first == asked_from_) return true;
    // The server ignored the range, or sends another one: from the start, and not from there on.
    if (const auto status = file_.restart(); !status) {
      disk = status.error();
      return false;
    }
    return head.status == kWhole;
  }

  PartialFile& file_;
  std::uint64_t size_;
  std::uint64_t asked_from_;
  const OnBytes& on_bytes_;
  bool begun_ = false;
};

Result<HttpAnswer> HttpClient::get_file(const std::string& url, PartialFile& file, std::uint64_t size,
                                        const OnBytes& on_bytes) {
  if (file.size() > size) {
    if (const auto status = file.restart(); !status) return pass(status);
  }
  if (file.size() == size) return HttpAnswer{kWhole, host_of(url)};
  std::uint64_t furthest = file.size();
  auto answer = with_retries([&] {
    Attempt attempt;
    auto request = request_for(url);
    if (file.size() > 0) request.from_byte = file.size();
    FileSink sink(file, size, on_bytes);
    attempt.transfer = transfers_.get(
        request, [&sink](const AnswerHead& head, std::string_view bytes) { return sink.take(head, bytes); }, stop_);
    const auto& transfer = attempt.transfer;
    const bool answered = transfer.ending == Ending::done;
    if (sink.disk) attempt.permanent = std::move(sink.disk);
    if (answered && transfer.status == kRangeRefused) sink.other_size = fmt::format("at most {} bytes", file.size());
    if (!sink.other_size.empty()) attempt.permanent = wrong_size(transfer.host, size, sink.other_size);
    const bool good = transfer.status >= 200 && transfer.status < 300;
    attempt.short_of_end = answered && good && file.size() < size;
    // Measured by the furthest point ever, so that a server that begins anew each time does not go on for ever.
    attempt.progressed = file.size() >= furthest + kProgress;
    if (attempt.progressed) furthest = file.size();
    return attempt;
  });
  if (!answer && answer.error().code == ErrorCode::mismatch) {
    if (const auto status = file.restart(); !status) return pass(status);
  }
  return answer;
}

}  // namespace osler::hub
