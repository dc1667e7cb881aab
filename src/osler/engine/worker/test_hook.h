#pragma once

#include <string>
#include <string_view>

namespace osler {

/// For tests of what happens when a worker misbehaves. The environment variable OSLER_TEST_WORKER is read in worker
/// processes only; WHAT:ITEM does it when the engine pulls the request with that id ('*': any), several with a comma
/// between:
///   abort:ITEM        writes a sentence to standard error and aborts, as an assertion does
///   kill-once:ITEM    ends by SIGKILL, but not where a worker has ended by this item before
///   hang:ITEM         says nothing any more
///   garbage:ITEM      writes bytes that are no message
///   abort-on-load     aborts before it is ready
///   hang-on-load      says nothing, and is never ready
///   hang-on-reload    the same, in a worker that replaces another
///   vanish-on-reload  fails to load, in a worker that replaces another
///   die-idle          ends as soon as it is ready, in a worker that replaces another
class TestHook {
 public:
  /// `restart`: the worker replaces one that has died.
  TestHook(bool restart, int socket);

  void before_loading() const;
  [[nodiscard]] bool fails_to_load() const { return restart_ && asks_for("vanish-on-reload", {}); }
  void when_ready() const;
  /// `again`: a worker has ended with this item in hand.
  void when_pulled(std::string_view item, bool again) const;

 private:
  [[nodiscard]] bool asks_for(std::string_view what, std::string_view item) const;

  std::string orders_;
  bool restart_;
  int socket_;
};

}  // namespace osler
