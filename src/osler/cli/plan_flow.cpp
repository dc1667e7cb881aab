#include "osler/cli/plan_flow.h"

#include <optional>
#include <string>
#include <vector>

#include "osler/cli/counter.h"
#include "osler/cli/hub_model.h"
#include "osler/cli/interrupt.h"
#include "osler/cli/run_flow.h"

namespace osler::cli {
namespace {

class ShownPlan : public PlanObserver {
 public:
  void counting(const std::string& row_set, std::uint64_t done, std::uint64_t total) override {
    if (!counter_) counter_.emplace("counting the prompts of " + row_set, "items");
    counter_->show(done, total);
  }
  void measuring(std::uint64_t done, std::uint64_t total) override {
    if (!counter_) counter_.emplace("measuring", "items");
    counter_->show(done, total);
  }
  void finished() override {
    if (counter_) counter_->finish();
    counter_.reset();
  }

 private:
  std::optional<Counter> counter_;
};

}  // namespace

Result<RunPlan> plan_benchmarks(const PlanOptions& options) {
  const InterruptGuard interrupt;
  auto prepared = prepare_runs(options);
  if (!prepared) return pass(prepared);
  EngineOptions engine = options;
  if (auto status = fetch_hub_model(engine, interrupt.token()); !status) return pass(status);
  auto planner = open_planner(engine, interrupt.token());
  if (!planner) return pass(planner);
  std::vector<const RunSpec*> runs;
  for (const auto& run : *prepared) runs.push_back(&run.spec);
  const PlanSettings settings{options.llama, static_cast<std::uint64_t>(options.workers), options.answer_tokens,
                              options.measure};
  ShownPlan shown;
  return plan_runs(runs, **planner, settings, shown, interrupt.token());
}

}  // namespace osler::cli
