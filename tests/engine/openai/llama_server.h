#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace osler::test {

struct LlamaServerOptions {
  std::filesystem::path model;
  std::filesystem::path projector;
  std::vector<std::string> more = {};  ///< Further options of llama-server.
};

/// llama-server on a free port of loopback, with one thread. It ends with this object, and with this process however
/// that ends; the thread that made it must outlive it.
class LlamaServer {
 public:
  /// Returns when it answers. Throws with the end of its log if it does not come up: no test can go on without it.
  explicit LlamaServer(LlamaServerOptions options);
  ~LlamaServer() { kill(); }
  LlamaServer(const LlamaServer&) = delete;
  LlamaServer& operator=(const LlamaServer&) = delete;

  /// Ends it as kill -9 does.
  void kill();
  /// Starts it again, on the port that it had.
  void restart();
  /// "http://127.0.0.1:PORT/v1".
  [[nodiscard]] std::string base_url() const;
  /// All that it has written.
  [[nodiscard]] std::string log() const;

 private:
  void start();
  /// Until the line that it writes when its model is loaded.
  void wait_until_ready();

  LlamaServerOptions options_;
  TemporaryFolder folder_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;  ///< 0 lets it choose.
};

}  // namespace osler::test
