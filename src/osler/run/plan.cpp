#include "osler/run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>

#include "osler/core/version.h"
#include "osler/run/image_order.h"
#include "osler/run/requests.h"

namespace osler {
namespace {

using Clock = std::chrono::steady_clock;

/// Items of a benchmark that are measured if there is time for them.
constexpr std::size_t kMostSamples = 8;
/// Seconds after which no further item is begun.
constexpr double kMeasuring = 20.0;
/// The first item also reads the weights from the disk. It counts only where a second one would take too long.
constexpr double kLongWarmUp = 6.0;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void refuse(std::vector<Refused>& refused, const std::string& kind, const std::string& id, const std::string& reason) {
  auto known = std::ranges::find(refused, kind, &Refused::kind);
  if (known == refused.end()) known = refused.insert(known, Refused{kind, 0, {}, {}});
  known->add(id, reason);
}

/// Takes the errors of items that no request can be made of.
class RefusedSink : public ResponseSink {
 public:
  explicit RefusedSink(std::vector<Refused>& refused) : refused_(refused) {}
  [[nodiscard]] Status accept(Response response) override {
    refuse(refused_, "without their picture", response.item_id, response.error);
    return {};
  }

 private:
  std::vector<Refused>& refused_;
};

/// The requests of a run's items, or of some of them, as execute_run() makes them.
class PlannedRequests {
 public:
  PlannedRequests(const RunSpec& spec, std::vector<const Item*> items, std::vector<Refused>& refused)
      : shuffled_(spec.ablation == Ablation::shuffled_image ? std::make_unique<ShuffledImages>(spec.rows.items)
                                                            : nullptr),
        sink_(refused),
        requests_(
            spec.protocol, std::move(items), spec.image_limits, sink_, [](const Item&, const std::string&) {},
            spec.ablation, shuffled_.get()) {}

  [[nodiscard]] std::optional<Request> next() { return requests_.next(); }

 private:
  std::unique_ptr<ShuffledImages> shuffled_;
  RefusedSink sink_;
  PendingRequests requests_;
};

std::vector<const Item*> items_of(const RunSpec& spec) {
  const auto all = static_cast<std::uint64_t>(spec.rows.items.size());
  std::vector<const Item*> items;
  for (std::size_t i = 0; i < std::min(spec.limit.value_or(all), all); ++i) items.push_back(&spec.rows.items[i]);
  return items;
}

/// An item and the tokens of its prompt.
using Sized = std::pair<std::uint64_t, const Item*>;

/// Items of typical size, the most typical one first: the middle, the quarters, the eighths.
std::vector<const Item*> typical(std::vector<Sized> sized) {
  std::ranges::sort(sized, {}, &Sized::first);
  std::vector<const Item*> chosen;
  for (std::size_t parts = 2; parts <= 2 * kMostSamples; parts *= 2) {
    for (std::size_t part = 1; part < parts; part += 2) {
      const Item* item = sized.empty() ? nullptr : sized[sized.size() * part / parts].second;
      const bool is_new = std::ranges::find(chosen, item) == chosen.end();
      if (item != nullptr && is_new && chosen.size() < kMostSamples) chosen.push_back(item);
    }
  }
  return chosen;
}

/// Counts the prompts of a run. Returns the items that a sample should have.
Result<std::vector<const Item*>> count(const RunSpec& spec, Planner& planner, PlanObserver& observer,
                                       const std::stop_token& stop, RowSetPlan& plan) {
  const auto start = Clock::now();
  auto items = items_of(spec);
  plan.row_set = spec.rows.name();
  if (spec.ablation != Ablation::none) plan.row_set += fmt::format(", {}", name_of(spec.ablation));
  plan.protocol = spec.protocol.name;
  plan.items = items.size();
  std::unordered_map<std::string_view, const Item*> by_id;
  for (const Item* item : items) by_id.emplace(item->id, item);
  std::vector<Sized> sized;
  if (spec.ablation != Ablation::no_image) items = in_image_order(items, spec.image_limits, stop);
  PlannedRequests requests(spec, items, plan.refused);
  for (std::uint64_t done = 0; auto request = requests.next(); observer.counting(plan.row_set, ++done, items.size())) {
    if (stop.stop_requested()) return fail(ErrorCode::interrupted, "stopped by the user");
    const auto tokens = planner.count(*request);
    if (tokens) {
      sized.emplace_back(*tokens, by_id.at(request->item_id));
    } else {
      const bool too_long = tokens.error().code == ErrorCode::limit;
      refuse(plan.refused, too_long ? "too long" : "not to be prepared", request->item_id, tokens.error().message());
    }
  }
  observer.finished();
  plan.counts = planner.take_counts();
  plan.prompts = planner.take_prompts();
  plan.preparing = seconds_since(start);
  return typical(std::move(sized));
}

/// What is left to be measured of a benchmark.
struct Sampled {
  RowSetPlan* plan = nullptr;
  std::unique_ptr<PlannedRequests> requests;
};

Status measure(std::deque<Sampled> waiting, Planner& planner, const PlanSettings& settings, PlanObserver& observer,
               const std::stop_token& stop, RunPlan& plan) {
  MeasureLimits limits;
  if (settings.answer_tokens) limits.most_tokens = std::min<std::uint64_t>(*settings.answer_tokens, 32);
  const auto start = Clock::now();
  const std::uint64_t total = waiting.size() * kMostSamples;
  bool is_warm = false;
  // By turns, so that every benchmark has a part in the time that there is.
  while (!waiting.empty() && (plan.sample.items == 0 || seconds_since(start) < kMeasuring)) {
    Sampled current = std::move(waiting.front());
    waiting.pop_front();
    const auto request = current.requests->next();
    if (!request) continue;
    const auto begun = Clock::now();
    auto sample = planner.measure(*request, limits, stop);
    if (sample && !std::exchange(is_warm, true) && seconds_since(begun) < kLongWarmUp) {
      sample = planner.measure(*request, limits, stop);
    }
    if (!sample && sample.error().code == ErrorCode::interrupted) return pass(sample);
    if (sample) {
      current.plan->sample += *sample;
      plan.sample += *sample;
    }
    waiting.push_back(std::move(current));
    observer.measuring(plan.sample.items, total);
  }
  observer.finished();
  plan.measuring = seconds_since(start);
  return {};
}

PlannedTime time_of(const RowSetPlan& row_set, const RunPlan& plan, const PlanSettings& settings) {
  PlannedTime time;
  const PlanSample& own = row_set.sample.answers > 0 ? row_set.sample : plan.sample;
  std::vector<std::uint64_t> lengths = own.answer_lengths;
  if (settings.answer_tokens) lengths.assign(1, *settings.answer_tokens);
  time.answers_of_others = row_set.sample.answers == 0 && !settings.answer_tokens;
  time.answers_are_longer = own.cut_answers > 0 && !settings.answer_tokens;
  time.answer_tokens = settings.answer_tokens ? static_cast<double>(*settings.answer_tokens) : own.tokens_per_answer();
  // Rates are the model's, whatever it is asked: all samples together know them best.
  if (plan.answers_at_once > 1) {
    time.shared = batched_time(row_set.counts, row_set.prompts, plan.sample, lengths,
                               {plan.answers_at_once, row_set.counts.context_cells});
  } else {
    time.shared = expected_time(row_set.counts, plan.sample, time.answer_tokens);
  }
  time.unshared = unshared_time(row_set.counts, plan.sample, time.answer_tokens);
  return time;
}

RunPlan begin_plan(const PlanSettings& settings, const Planner& planner) {
  RunPlan plan;
  plan.model = planner.model();
  plan.memory = planner.memory();
  plan.image_cache = settings.llama.image_cache;
  if (settings.llama.sharing == Sharing::batched)
    plan.answers_at_once = static_cast<std::uint64_t>(settings.llama.parallel);
  plan.workers = settings.workers;
  plan.on_gpu = kCuda && settings.llama.gpu_layers != 0;
  plan.would_gain_from_bf16 = planner.would_gain_from_bf16();
  return plan;
}

}  // namespace

PlanCounts RunPlan::total() const {
  PlanCounts sum;
  for (const auto& row_set : row_sets) sum += row_set.counts;
  return sum;
}

double RunPlan::seconds(const PlanTime& time, double preparing) const {
  if (!on_gpu) return time.sum() + preparing;
  return std::max(time.sum() / static_cast<double>(workers), preparing);
}

Result<RunPlan> plan_runs(const std::vector<const RunSpec*>& runs, Planner& planner, const PlanSettings& settings,
                          PlanObserver& observer, const std::stop_token& stop) {
  RunPlan plan = begin_plan(settings, planner);
  plan.row_sets.resize(runs.size());
  std::deque<Sampled> samples;
  std::vector<Refused> ignored;  // They were counted before.
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto chosen = count(*runs[i], planner, observer, stop, plan.row_sets[i]);
    if (!chosen) return pass(chosen);
    if (!settings.measure || chosen->empty()) continue;
    samples.push_back({&plan.row_sets[i], std::make_unique<PlannedRequests>(*runs[i], std::move(*chosen), ignored)});
  }
  if (samples.empty()) return plan;
  if (auto status = measure(std::move(samples), planner, settings, observer, stop, plan); !status) return pass(status);
  if (plan.sample.items == 0) return plan;
  for (auto& row_set : plan.row_sets) row_set.time = time_of(row_set, plan, settings);
  return plan;
}

}  // namespace osler
