#include "hub/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace osler::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Everything up to the empty line; empty if the client leaves before.
std::string read_head(int connection) {
  std::string head;
  std::array<char, 4096> block{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto got = ::recv(connection, block.data(), block.size(), 0);
    if (got <= 0) return {};
    head.append(block.data(), static_cast<std::size_t>(got));
  }
  return head;
}

HttpRequest parse_head(const std::string& head) {
  HttpRequest request;
  std::istringstream lines(head);
  std::string method;
  lines >> method >> request.target;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2, line.find('\r') - colon - 2);
  }
  return request;
}

void send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client may well have left
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

std::string HttpRequest::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::optional<std::size_t> HttpRequest::from_byte() const {
  const std::string range = header("range");
  const std::string unit = "bytes=";
  if (!range.starts_with(unit)) return std::nullopt;
  return std::stoul(range.substr(unit.size()));
}

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!listener_.valid() || ::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), generic, &length) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

HttpServer::~HttpServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& connection : connections_) ::shutdown(connection.get(), SHUT_RDWR);
  }
  workers_.clear();
}

std::string HttpServer::host() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::accept_all() {
  while (true) {
    const int connection = ::accept(listener_.get(), nullptr, nullptr);
    if (connection < 0) return;
    {
      // Closed at the end only, so that no later connection can get the number of one that is still in use.
      const std::lock_guard lock(mutex_);
      connections_.emplace_back(connection);
    }
    workers_.emplace_back([this, connection] { serve(connection); });
  }
}

void HttpServer::serve(int connection) {
  const auto head = read_head(connection);
  if (head.empty()) return;
  const auto request = parse_head(head);
  HttpResponse response;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    response = handler_(request);
  }
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " X\r\nConnection: close\r\n";
  bool has_length = false;
  for (const auto& [name, value] : response.headers) {
    text += name + ": " + value + "\r\n";
    has_length = has_length || name == "Content-Length" || name == "Transfer-Encoding";
  }
  if (!has_length) text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  send_all(connection, text + "\r\n");
  send_all(connection, std::string_view(response.body).substr(0, response.cut_after.value_or(std::string::npos)));
  std::array<char, 64> rest{};
  while (response.hang && ::recv(connection, rest.data(), rest.size(), 0) > 0) continue;
  ::shutdown(connection, SHUT_RDWR);
}

HttpResponse content_response(const HttpRequest& request, const std::string& content) {
  const auto from = request.from_byte();
  if (!from) return {.body = content};
  const auto size = std::to_string(content.size());
  if (*from >= content.size()) return {.status = 416, .headers = {{"Content-Range", "bytes */" + size}}};
  const auto last = std::to_string(content.size() - 1);
  return {.status = 206,
          .headers = {{"Content-Range", "bytes " + std::to_string(*from) + "-" + last + "/" + size}},
          .body = content.substr(*from)};
}

}  // namespace osler::test
