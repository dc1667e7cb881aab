#include "support/chat_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace osler::test {
namespace {

using Clock = std::chrono::steady_clock;

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return copy;
}

ChatCall parse_head(std::string_view head) {
  ChatCall call;
  const auto line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const auto first = line.find(' ');
  const auto second = line.find(' ', first + 1);
  call.method = line.substr(0, first);
  call.target = line.substr(first + 1, second - first - 1);
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view field = head.substr(0, end);
    if (const auto colon = field.find(": "); colon != std::string_view::npos) {
      call.headers[lower(field.substr(0, colon))] = field.substr(colon + 2);
    }
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return call;
}

void watch(int epoll, int how, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  ::epoll_ctl(epoll, how, descriptor, &event);
}

}  // namespace

std::string completion(const std::string& text, const std::string& finish_reason) {
  const nlohmann::json answer = {
      {"object", "chat.completion"},
      {"choices",
       {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}, {"finish_reason", finish_reason}}}},
      {"usage", {{"prompt_tokens", 17}, {"completion_tokens", 3}}}};
  return answer.dump();
}

struct ChatServer::Connection {
  Descriptor socket;
  std::uint64_t number = 0;  ///< Tells it from a later one with the same descriptor.
  std::string in;
  std::string out;
  std::size_t sent = 0;
  bool close_when_sent = false;
  bool waits = false;  ///< An answer is due later, and calls behind it wait.
};

struct ChatServer::Later {
  Clock::time_point when;
  int descriptor;
  std::uint64_t number;
  ChatAnswer answer;
};

ChatServer::ChatServer(Handler handler, std::uint16_t port)
    : handler_(std::move(handler)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      waker_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const int yes = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!listener_.valid() || ::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), 1024) != 0 ||
      ::getsockname(listener_.get(), generic, &length) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  watch(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
  watch(epoll_.get(), EPOLL_CTL_ADD, waker_.get(), EPOLLIN);
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ChatServer::~ChatServer() {
  thread_.request_stop();
  const std::uint64_t one = 1;
  static_cast<void>(::write(waker_.get(), &one, sizeof(one)));
  thread_.join();
}

std::string ChatServer::base_url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }

void ChatServer::serve(const std::stop_token& stop) {
  std::array<epoll_event, 128> events{};
  while (!stop.stop_requested()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), time_to_wait());
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(0, count)); ++i) {
      const int descriptor = events[i].data.fd;
      if (descriptor == listener_.get()) {
        accept_all();
        continue;
      }
      const auto found = connections_.find(descriptor);
      if (found == connections_.end()) continue;
      if (!read_from(*found->second) || !write_to(*found->second)) connections_.erase(found);
    }
    send_what_is_due();
  }
}

int ChatServer::time_to_wait() const {
  if (later_.empty()) return -1;
  const auto next = std::ranges::min_element(later_, {}, &Later::when)->when - Clock::now();
  return static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(next).count()));
}

void ChatServer::accept_all() {
  while (true) {
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    ++accepted_;
    const int descriptor = socket.get();
    watch(epoll_.get(), EPOLL_CTL_ADD, descriptor, EPOLLIN);
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(socket);
    connection->number = next_number_++;
    connections_[descriptor] = std::move(connection);
  }
}

bool ChatServer::read_from(Connection& connection) {
  std::array<char, 65536> block{};
  while (true) {
    const auto got = ::recv(connection.socket.get(), block.data(), block.size(), 0);
    if (got > 0) {
      connection.in.append(block.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0) return false;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    break;
  }
  answer_calls(connection);
  return true;
}

void ChatServer::answer_calls(Connection& connection) {
  while (!connection.waits && !connection.close_when_sent) {
    const auto head_end = connection.in.find("\r\n\r\n");
    if (head_end == std::string::npos) return;
    ChatCall call = parse_head(std::string_view(connection.in).substr(0, head_end));
    const auto length = call.headers.find("content-length");
    const std::size_t body = length == call.headers.end() ? 0 : std::stoul(length->second);
    if (connection.in.size() < head_end + 4 + body) return;
    call.body = connection.in.substr(head_end + 4, body);
    connection.in.erase(0, head_end + 4 + body);
    ++under_way_;
    most_at_once_ = std::max(most_at_once_.load(), under_way_);
    ChatAnswer answer = handler_(call);
    if (answer.delay.count() > 0) {
      connection.waits = true;
      later_.push_back({Clock::now() + answer.delay, connection.socket.get(), connection.number, std::move(answer)});
    } else {
      send(connection, answer);
    }
  }
}

void ChatServer::send(Connection& connection, const ChatAnswer& answer) {
  using Trouble = ChatAnswer::Trouble;
  --under_way_;
  const Trouble trouble = answer.trouble;
  if (trouble == Trouble::silence) {
    connection.waits = true;
    return;
  }
  connection.close_when_sent = trouble != Trouble::none && trouble != Trouble::stall && trouble != Trouble::too_short;
  if (trouble == Trouble::hang_up) return;
  std::string& out = connection.out;
  if (trouble == Trouble::no_http) {
    out += "220 mail ready\r\n" + std::string(100, '\x01');
    return;
  }
  out += "HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Type: application/json\r\n";
  for (const auto& [name, value] : answer.headers) out += name + ": " + value + "\r\n";
  if (trouble == Trouble::bad_chunks) {
    out += "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + answer.body + "\r\n";
    return;
  }
  std::size_t said = answer.body.size();
  if (trouble == Trouble::too_long) said += 1000;
  if (trouble == Trouble::too_short) said /= 2;
  out += "Content-Length: " + std::to_string(said) + "\r\n\r\n";
  const bool half = trouble == Trouble::cut || trouble == Trouble::stall;
  out += half ? answer.body.substr(0, answer.body.size() / 2) : answer.body;
  if (trouble == Trouble::stall) connection.waits = true;
}

void ChatServer::send_what_is_due() {
  const auto now = Clock::now();
  for (std::size_t i = 0; i < later_.size();) {
    if (later_[i].when > now) {
      ++i;
      continue;
    }
    const Later due = std::move(later_[i]);
    later_[i] = std::move(later_.back());
    later_.pop_back();
    const auto found = connections_.find(due.descriptor);
    if (found == connections_.end() || found->second->number != due.number) {
      --under_way_;  // the client has left
      continue;
    }
    found->second->waits = false;
    send(*found->second, due.answer);
    if (!write_to(*found->second)) {
      connections_.erase(found);
      continue;
    }
    answer_calls(*found->second);
    if (!write_to(*found->second)) connections_.erase(found);
  }
}

bool ChatServer::write_to(Connection& connection) {
  while (connection.sent < connection.out.size()) {
    const auto sent = ::send(connection.socket.get(), connection.out.data() + connection.sent,
                             connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (sent <= 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      watch(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), EPOLLIN | EPOLLOUT);
      return true;
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
  connection.out.clear();
  connection.sent = 0;
  watch(epoll_.get(), EPOLL_CTL_MOD, connection.socket.get(), EPOLLIN);
  return !connection.close_when_sent;
}

}  // namespace osler::test
