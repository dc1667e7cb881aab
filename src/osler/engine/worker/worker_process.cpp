#include "osler/engine/worker/worker_process.h"

#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "osler/engine/worker/inbox.h"
#include "osler/engine/worker/outbox.h"
#include "osler/engine/worker/test_hook.h"

namespace osler {
namespace {

/// What the parent asks, as the engine sees it.
class AskedSource : public RequestSource {
 public:
  AskedSource(Inbox& inbox, Outbox& outbox, const TestHook& hook) : inbox_(inbox), outbox_(outbox), hook_(hook) {}

  [[nodiscard]] std::optional<Request> next() override {
    if (over_) return std::nullopt;
    auto asked = inbox_.next_request();
    over_ = !asked;
    if (!asked) return std::nullopt;
    outbox_.began(asked->request.item_id, asked->ticket);
    hook_.when_pulled(asked->request.item_id, asked->again);
    return std::move(asked->request);
  }

 private:
  Inbox& inbox_;
  Outbox& outbox_;
  const TestHook& hook_;
  bool over_ = false;
};

class AnswerSink : public ResponseSink {
 public:
  explicit AnswerSink(Outbox& outbox) : outbox_(outbox) {}
  [[nodiscard]] Status accept(Response response) override { return outbox_.answered(std::move(response)); }

 private:
  Outbox& outbox_;
};

Result<messages::Open> first_order(FrameReader& reader) {
  auto frame = reader.read(FrameReader::Wait::yes);
  if (!frame) return pass(frame);
  auto message = messages::decode(**frame);
  if (!message) return pass(message);
  auto* open = std::get_if<messages::Open>(&*message);
  if (open == nullptr) return fail(ErrorCode::malformed, "the first message is no order to load");
  return std::move(*open);
}

Result<std::unique_ptr<Engine>> load(const messages::Open& order, const OpenEngine& open, const TestHook& hook,
                                     Outbox& outbox) {
  hook.before_loading();
  if (hook.fails_to_load()) {
    return fail(ErrorCode::not_found, "cannot be opened", {order.options.model.string()}, "OSLER_TEST_WORKER said so");
  }
  return open(order, [&outbox](float fraction) { return outbox.loading(fraction); });
}

/// Rounds of requests, each ended by the parent, until the engine can answer no more.
void answer_rounds(Engine& engine, Inbox& inbox, Outbox& outbox, const TestHook& hook) {
  AnswerSink sink(outbox);
  while (true) {
    AskedSource source(inbox, outbox, hook);
    const auto status = engine.answer(source, sink, inbox.stop_token());
    messages::Finished finished;
    if (!status && status.error().code != ErrorCode::interrupted) finished.error = status.error();
    finished.last = !status || inbox.stop_token().stop_requested();
    if (!outbox.say(finished) || finished.last) return;
  }
}

/// An exception ends the process here, with its text on standard error, as any other failure of the library does.
[[noreturn]] void serve(const messages::Open& order, const OpenEngine& open, FrameReader reader, int socket) noexcept {
  Outbox outbox(socket);
  const TestHook hook(order.restart, socket);
  // From here on the end of the socket ends the process, also while it loads.
  Inbox inbox(std::move(reader));
  const auto engine = load(order, open, hook, outbox);
  if (engine) {
    (*engine)->on_activity([&outbox] { outbox.tick(); });
    outbox.say(messages::Ready{(*engine)->facts()});
    hook.when_ready();
    answer_rounds(**engine, inbox, outbox, hook);
  } else {
    outbox.say(messages::Failed{engine.error()});
  }
  // The parent knows why, and ends the socket.
  inbox.wait_for_end();
}

}  // namespace

bool bind_to_parent(pid_t parent, int socket) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) return false;
  int type = 0;
  socklen_t size = sizeof(type);
  if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  // Where the kernel is too old for this, what is open stays open; the parent marks its own files for closing.
  std::ignore = ::syscall(SYS_close_range, static_cast<unsigned>(socket) + 1U, ~0U, 0U);
  return true;
}

void run_worker(int socket, const OpenEngine& open) {
  FrameReader reader(socket, kMaxOrderBytes);
  const auto order = first_order(reader);
  if (order) serve(*order, open, std::move(reader), socket);
}

}  // namespace osler
