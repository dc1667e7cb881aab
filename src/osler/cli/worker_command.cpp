#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/core/machine.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/worker/child_process.h"
#include "osler/engine/worker/worker_process.h"

namespace osler::cli {
namespace {

int work_for(std::int32_t parent) {
  if (!bind_to_parent(parent, kWorkerSocket)) {
    return complain({ErrorCode::usage,
                     "a worker is started by the command that needs it",
                     {},
                     "see 'osler run --help' for --workers"});
  }
  return_large_blocks();
  run_worker(kWorkerSocket, [](const messages::Open& order, const std::function<bool(float)>& progress) {
    set_library_logging(order.verbose);
    return open_llama_engine(order.options, progress);
  });
  return kFailed;
}

}  // namespace

/// Not for people, so it has no help (engine/worker/worker_engine.h).
void add_worker_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("worker", "Answers for another process")->group("");
  auto parent = std::make_shared<std::int32_t>(0);
  command->add_option("parent", *parent, "The process that started this one")->required();
  command->callback([&action, parent] { action = [parent] { return work_for(*parent); }; });
}

}  // namespace osler::cli
