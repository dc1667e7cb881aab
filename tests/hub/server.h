#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "osler/storage/descriptor.h"

namespace osler::test {

struct HttpRequest {
  std::string target;                          ///< Path and query, as they were sent.
  std::map<std::string, std::string> headers;  ///< Names in lower case.

  [[nodiscard]] std::string header(const std::string& name) const;
  /// N of "Range: bytes=N-".
  [[nodiscard]] std::optional<std::size_t> from_byte() const;
};

/// What is sent, and how it goes wrong.
struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<std::size_t> cut_after = std::nullopt;  ///< So many bytes of the body are sent.
  bool hang = false;                                    ///< Then nothing comes, until the client goes.
};

/// An HTTP server on loopback that can misbehave. Every connection is for one request. Everything that came in is
/// remembered.
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;  ///< Called for one request at a time.

  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:PORT".
  [[nodiscard]] std::string host() const;
  /// "http://127.0.0.1:PORT".
  [[nodiscard]] std::string url() const { return "http://" + host(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<HttpRequest> requests() const;

 private:
  void accept_all();
  void serve(int connection);

  Handler handler_;
  std::uint16_t port_ = 0;
  Descriptor listener_;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::vector<Descriptor> connections_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

/// The part of a content that a request asks for: 206 with its Content-Range, 416, or all of it.
[[nodiscard]] HttpResponse content_response(const HttpRequest& request, const std::string& content);

}  // namespace osler::test
