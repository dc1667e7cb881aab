#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "osler/storage/descriptor.h"

namespace osler::test {

struct ChatCall {
  std::string method;
  std::string target;                          ///< Path and query.
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
};

/// What a server sends, and how it goes wrong.
struct ChatAnswer {
  enum class Trouble {
    none,
    hang_up,     ///< Closes the connection without a byte.
    cut,         ///< Half of the body, and closes.
    stall,       ///< Half of the body, and then nothing.
    silence,     ///< Nothing at all.
    too_long,    ///< Says that more will come than does, and closes.
    too_short,   ///< Says that less will come than does.
    bad_chunks,  ///< Chunks whose lengths are no numbers.
    no_http,     ///< Something that is no HTTP.
  };

  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  Trouble trouble = Trouble::none;
  std::chrono::milliseconds delay{0};  ///< Before the first byte.
};

/// A chat completion that says `text`.
[[nodiscard]] std::string completion(const std::string& text, const std::string& finish_reason = "stop");

/// An HTTP/1.1 server on loopback, with kept connections, that can misbehave; one thread for any number of them.
class ChatServer {
 public:
  using Handler = std::function<ChatAnswer(const ChatCall&)>;  ///< Called on the server's thread.

  /// Listens on a free port, or on the one that is given.
  explicit ChatServer(Handler handler, std::uint16_t port = 0);
  /// Closes all connections at once, as a server does that is killed.
  ~ChatServer();
  ChatServer(const ChatServer&) = delete;
  ChatServer& operator=(const ChatServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT/v1".
  [[nodiscard]] std::string base_url() const;
  /// The most calls that were under way at one time.
  [[nodiscard]] std::size_t most_at_once() const { return most_at_once_; }
  [[nodiscard]] std::size_t connections() const { return accepted_; }

 private:
  struct Connection;
  struct Later;

  void serve(const std::stop_token& stop);
  void accept_all();
  /// False if the connection is over.
  bool read_from(Connection& connection);
  bool write_to(Connection& connection);
  void answer_calls(Connection& connection);
  void send(Connection& connection, const ChatAnswer& answer);
  void send_what_is_due();
  [[nodiscard]] int time_to_wait() const;

  Handler handler_;
  Descriptor listener_;
  Descriptor epoll_;
  Descriptor waker_;
  std::uint16_t port_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::vector<Later> later_;
  std::uint64_t next_number_ = 0;
  std::size_t under_way_ = 0;
  std::atomic<std::size_t> most_at_once_ = 0;
  std::atomic<std::size_t> accepted_ = 0;
  std::jthread thread_;
};

}  // namespace osler::test
