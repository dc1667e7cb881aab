#include "osler/engine/worker/worker_engine.h"

#include <utility>

#include "osler/engine/worker/dispatcher.h"
#include "osler/engine/worker/worker_pool.h"

namespace osler {
namespace {

class WorkerEngine : public Engine {
 public:
  explicit WorkerEngine(WorkerOptions options) : pool_(std::move(options)) {}

  [[nodiscard]] Status load(const std::function<bool(float)>& progress) { return pool_.load(progress); }

  [[nodiscard]] const EngineFacts& facts() const override { return pool_.facts(); }

  [[nodiscard]] Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) override {
    auto status = Dispatcher(pool_, source, sink, std::move(stop)).run();
    // Whatever they still have in hand is nobody's any more.
    if (!status) pool_.end_all();
    return status;
  }

 private:
  WorkerPool pool_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_worker_engine(const WorkerOptions& options,
                                                   const std::function<bool(float)>& progress) {
  auto engine = std::make_unique<WorkerEngine>(options);
  if (auto status = engine->load(progress); !status) return pass(status);
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace osler
