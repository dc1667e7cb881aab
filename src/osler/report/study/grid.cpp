#include "osler/report/study/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/core/option_order.h"
#include "osler/report/capability_split.h"
#include "osler/stats/clusters.h"

namespace osler::report {
namespace {

constexpr std::array<std::string_view, kControls> kNames = {"", "no-image", "shuffled-image", "permuted"};

float chance_of(const GradedItem& item) {
  if (item.kind == Kind::open) return 0.0F;
  if (!item.options) return -1.0F;
  return *item.options == 0 ? 0.0F : 1.0F / static_cast<float>(*item.options);
}

bool has_answer(const GradedItem& item) { return item.outcome == Outcome::correct || item.outcome == Outcome::wrong; }

/// FNV-1a; a text is never taken for an option or for no answer.
std::uint64_t number_of_text(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
  constexpr std::uint64_t kOptions = std::uint64_t{1} << 32U;
  return hash < kOptions || hash == OtherOrders::kMixed ? kOptions : hash;
}

std::uint64_t answer_of(const GradedItem& item) {
  if (!has_answer(item)) return 0;
  return item.answer_option ? *item.answer_option + 1 : number_of_text(item.answer);
}

void label_items(StudyItems& items, const RunGrades& run) {
  items.capability_source = run.capability_source;
  items.label_trust = run.label_trust;
  items.capability.assign(items.ids.size(), Capability::unlabeled);
  items.predicted.assign(items.ids.size(), false);
  items.labeller.assign(items.ids.size(), std::nullopt);
  items.reasoning_probability.assign(items.ids.size(), 0.0F);
  for (const GradedItem& item : run.items) {
    const auto place = items.place.find(item.item_id);
    if (place == items.place.end()) continue;
    const double certain = item.capability == Capability::reasoning ? 1.0 : 0.0;
    items.capability[place->second] = item.capability;
    items.predicted[place->second] = is_predicted(item);
    items.labeller[place->second] = labeller_of(item);
    items.reasoning_probability[place->second] = static_cast<float>(item.capability_probability.value_or(certain));
  }
}

/// Whether no item has another label in the run; one without a label says nothing against it.
bool are_labelled_as(const StudyItems& items, const RunGrades& run) {
  return std::ranges::all_of(run.items, [&items](const GradedItem& item) {
    const auto place = items.place.find(item.item_id);
    return place == items.place.end() || item.capability == Capability::unlabeled ||
           items.capability[place->second] == item.capability;
  });
}

StudyItems items_of(const RunGrades& run) {
  StudyItems items;
  items.benchmark = run.benchmark;
  items.row_set = run.row_set;
  items.row_set_hash = run.row_set_hash;
  std::vector<std::string_view> clusters;
  for (const GradedItem& item : run.items) {
    items.ids.push_back(item.item_id);
    items.chance.push_back(chance_of(item));
    clusters.emplace_back(item.image_cluster);
  }
  auto partition = stats::partition_by_name(clusters);
  items.cluster_of = std::move(partition.cluster_of);
  items.clusters = partition.clusters;
  items.unclustered = partition.unnamed;
  return items;
}

StudyAnswers answers_of(const StudyItems& items, const RunGrades& run) {
  StudyAnswers found;
  found.scores.assign(items.ids.size(), -1.0F);
  found.outcomes.assign(items.ids.size(), Outcome::error);
  found.answers.assign(items.ids.size(), 0);
  found.probability.assign(items.ids.size(), -1.0F);
  for (const GradedItem& item : run.items) {
    const auto place = items.place.find(item.item_id);
    if (place == items.place.end()) continue;
    if (item.probability) found.probability[place->second] = static_cast<float>(*item.probability);
    found.scores[place->second] = static_cast<float>(item.score());
    found.outcomes[place->second] = item.outcome;
    found.answers[place->second] = answer_of(item);
  }
  return found;
}

OtherOrders orders_of(const StudyItems& items, const RunGrades& run) {
  OtherOrders found;
  found.scores.assign(items.ids.size(), 0.0F);
  found.orders.assign(items.ids.size(), 0);
  found.answers.assign(items.ids.size(), 0);
  for (const GradedItem& item : run.items) {
    const auto from = shifted_from(item.item_id);
    if (!from) continue;
    const auto place = items.place.find(from->item);
    if (place == items.place.end()) continue;
    const std::size_t at = place->second;
    std::uint64_t answer = answer_of(item);
    if (answer != 0 && item.answer_option && item.options.value_or(0) > 0) {
      answer = original_option(*item.answer_option, from->shift, *item.options) + 1;
    }
    if (found.orders[at] > 0 && found.answers[at] != answer) answer = OtherOrders::kMixed;
    found.answers[at] = answer;
    found.scores[at] += static_cast<float>(item.score());
    ++found.orders[at];
  }
  return found;
}

}  // namespace

std::string_view name_of(Control control) { return kNames.at(static_cast<std::size_t>(control)); }

ControlName control_of(const std::string& benchmark) {
  for (const auto control : {Control::no_image, Control::shuffled_image, Control::permuted}) {
    const std::string suffix = "." + std::string(name_of(control));
    if (benchmark.ends_with(suffix)) return {benchmark.substr(0, benchmark.size() - suffix.size()), control};
  }
  return {benchmark, Control::none};
}

const StudyCell* StudyGrid::cell(std::size_t model, std::size_t benchmark) const {
  const auto found = cells_.find({model, benchmark});
  return found == cells_.end() ? nullptr : &found->second;
}

std::size_t StudyGrid::benchmark_of(const RunGrades& run) {
  const auto found = std::ranges::find(benchmarks_, run.benchmark, &StudyItems::benchmark);
  const auto index = static_cast<std::size_t>(found - benchmarks_.begin());
  if (found == benchmarks_.end()) {
    benchmarks_.push_back(items_of(run));
    // The strings moved with their vector; views of them are made where they stay.
    auto& items = benchmarks_.back();
    for (std::size_t i = 0; i < items.ids.size(); ++i) items.place.emplace(items.ids[i], i);
    label_items(items, run);
  }
  return index;
}

/// One table has one set of labels: the first that a run of the benchmark has.
void StudyGrid::compare_labels(StudyItems& items, const RunGrades& run, const std::string& what) {
  const auto unlabelled = [](Capability capability) { return capability == Capability::unlabeled; };
  if (std::ranges::all_of(items.capability, unlabelled)) {
    label_items(items, run);
  } else if (!are_labelled_as(items, run)) {
    remarks_.push_back(
        fmt::format("{}: its labels of capability ({}) are not those of the tables ({}); 'osler grade "
                    "--labels' gives all runs the same",
                    what, run.capability_source, items.capability_source));
  }
}

void StudyGrid::add(std::size_t model, Control control, RunGrades run) {
  const std::string& name = models_.at(model).name;
  const auto what = [&] {
    const auto suffix = control == Control::none ? std::string() : fmt::format(" ({})", name_of(control));
    return fmt::format("{} on {}{}", name, run.benchmark, suffix);
  };
  if (run.items.empty()) {
    remarks_.push_back(fmt::format("{}: no item is graded", what()));
    return;
  }
  const bool known = std::ranges::find(benchmarks_, run.benchmark, &StudyItems::benchmark) != benchmarks_.end();
  if (control != Control::none && !known) {
    remarks_.push_back(fmt::format("{}: a control without its run", what()));
    return;
  }
  const std::size_t benchmark = benchmark_of(run);
  StudyItems& items = benchmarks_[benchmark];
  if (items.row_set_hash != run.row_set_hash) {
    remarks_.push_back(fmt::format("{}: left out, for it was asked other items ({} and not {})", what(),
                                   run.row_set_hash.substr(0, 12), items.row_set_hash.substr(0, 12)));
    return;
  }
  if (control == Control::none) {
    compare_labels(items, run, what());
    StudyCell cell;
    cell.answers = answers_of(items, run);
    cell.finished = !unfinished(run) && std::ranges::none_of(cell.answers.scores, [](float s) { return s < 0.0F; });
    run.items = {};
    cell.run = std::move(run);
    if (!cells_.try_emplace({model, benchmark}, std::move(cell)).second) {
      remarks_.push_back(fmt::format("{}: a second run is left out", what()));
    }
    return;
  }
  const auto cell = cells_.find({model, benchmark});
  if (cell == cells_.end()) {
    remarks_.push_back(fmt::format("{}: a control without its run", what()));
  } else if (unfinished(run)) {
    remarks_.push_back(fmt::format("{}: not finished, and left out", what()));
  } else {
    add_control(cell->second, items, control, run);
  }
}

void StudyGrid::add_control(StudyCell& cell, const StudyItems& items, Control control, const RunGrades& run) {
  switch (control) {
    case Control::no_image:
      cell.no_image = answers_of(items, run);
      break;
    case Control::shuffled_image:
      cell.shuffled_image = answers_of(items, run);
      break;
    case Control::permuted:
      cell.permuted = orders_of(items, run);
      break;
    case Control::none:
      break;
  }
}

}  // namespace osler::report
