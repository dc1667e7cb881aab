#include "osler/engine/worker/test_hook.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <tuple>

namespace osler {
namespace {

[[noreturn]] void give_up() {
  std::cerr << "OSLER_TEST_WORKER: GGML_ASSERT(false) failed, as it was told" << std::endl;
  std::abort();
}

}  // namespace

TestHook::TestHook(bool restart, int socket) : restart_(restart), socket_(socket) {
  if (const char* orders = std::getenv("OSLER_TEST_WORKER"); orders != nullptr) orders_ = orders;
}

bool TestHook::asks_for(std::string_view what, std::string_view item) const {
  if (orders_.empty()) return false;
  std::istringstream orders(orders_);
  for (std::string order; std::getline(orders, order, ',');) {
    const auto colon = order.find(':');
    if (order.substr(0, colon) != what) continue;
    if (colon == std::string::npos) return true;
    const auto wanted = order.substr(colon + 1);
    if (wanted == "*" || wanted == item) return true;
  }
  return false;
}

void TestHook::before_loading() const {
  if (asks_for("abort-on-load", {})) give_up();
  while (asks_for("hang-on-load", {}) || (restart_ && asks_for("hang-on-reload", {}))) ::pause();
}

void TestHook::when_ready() const {
  if (restart_ && asks_for("die-idle", {})) ::_exit(1);
}

void TestHook::when_pulled(std::string_view item, bool again) const {
  if (asks_for("abort", item)) give_up();
  if (!again && asks_for("kill-once", item)) ::kill(::getpid(), SIGKILL);
  while (asks_for("hang", item)) ::pause();
  if (asks_for("garbage", item)) {
    const std::string_view garbage = "this is no message at all";
    std::ignore = ::send(socket_, garbage.data(), garbage.size(), MSG_NOSIGNAL);
  }
}

}  // namespace osler
