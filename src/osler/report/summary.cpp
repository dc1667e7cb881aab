#include "osler/report/summary.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <set>
#include <string_view>

#include "osler/stats/clustered.h"
#include "osler/stats/clusters.h"

namespace osler::report {
namespace {

constexpr bool outcomes_are_indices() {
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    if (static_cast<std::size_t>(kOutcomes[i]) != i) return false;
  }
  return true;
}
static_assert(outcomes_are_indices(), "SummaryRow::outcomes is indexed by Outcome");

using Members = std::vector<std::size_t>;  // indices into RunGrades::items

double share(std::size_t part, std::size_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

// Sorted first: the same to the last bit for any order of the items.
double sum(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double mean(const std::vector<double>& values) { return sum(values) / static_cast<double>(values.size()); }

// A run with its items' clusters, which are the same whatever the stratum.
class Summariser {
 public:
  explicit Summariser(const RunGrades& run) : run_(run) {
    std::vector<std::string_view> names;
    names.reserve(run.items.size());
    for (const auto& item : run.items) names.emplace_back(item.image_cluster);
    cluster_of_ = stats::partition_by_name(names).cluster_of;
  }

  [[nodiscard]] SummaryRow row(std::string stratum, const Members& members) const {
    SummaryRow row{.model = run_.model, .benchmark = run_.benchmark, .protocol = run_.protocol};
    row.stratum = std::move(stratum);
    row.n = members.size();
    std::vector<double> scores;
    std::vector<std::size_t> clusters;
    for (const auto member : members) {
      const auto& item = run_.items[member];
      ++row.outcomes[static_cast<std::size_t>(item.outcome)];
      if (item.image_cluster.empty()) ++row.unclustered;
      if (item.guess) ++row.guessed;
      if (item.conflict) ++row.conflicts;
      scores.push_back(item.score());
      clusters.push_back(cluster_of_[member]);
    }
    row.clusters = stats::count_clusters(clusters);
    if (row.n > 0) fill_rates(row, scores);
    fill_open(row, members);
    if (const auto error = stats::clustered_error(scores, clusters, kConfidence)) fill_error(row, *error);
    return row;
  }

 private:
  static void fill_rates(SummaryRow& row, const std::vector<double>& scores) {
    const auto correct = row.count(Outcome::correct);
    const auto parsed = correct + row.count(Outcome::wrong);
    row.bounds = stats::Interval{share(correct, row.n), share(row.n - row.count(Outcome::wrong), row.n)};
    const double total = row.guessed == 0 ? static_cast<double>(correct) : sum(scores);
    row.accuracy = total / static_cast<double>(row.n);
    row.wilson = stats::wilson_interval_of_scores(total, row.n, kConfidence);
    row.parse_rate = share(parsed, row.n);
    if (parsed > 0) row.accuracy_parsed = share(correct, parsed);
  }

  void fill_open(SummaryRow& row, const Members& members) const {
    std::size_t correct = 0;
    std::vector<double> f1;
    std::vector<double> recall;
    for (const auto member : members) {
      const auto& item = run_.items[member];
      if (item.kind != Kind::open) continue;
      ++row.open;
      if (item.outcome == Outcome::correct) ++correct;
      if (item.token_f1) f1.push_back(*item.token_f1);
      if (item.token_recall) recall.push_back(*item.token_recall);
    }
    if (row.open == 0) return;
    row.open_accuracy = share(correct, row.open);
    if (f1.size() == row.open) row.token_f1 = mean(f1);
    if (recall.size() == row.open) row.token_recall = mean(recall);
  }

  // An accuracy outside [0, 1] cannot be, so the part of the interval that lies there carries no information. And an
  // interval without width would claim certainty where the clusters merely happened to agree: there is none then.
  static void fill_error(SummaryRow& row, const stats::ClusteredError& error) {
    constexpr double kRounding = 1e-12;
    row.standard_error = error.standard_error;
    if (error.standard_error < kRounding) return;
    row.clustered = {std::max(0.0, error.interval.low), std::min(1.0, error.interval.high)};
  }

  const RunGrades& run_;
  std::vector<std::size_t> cluster_of_;
};

Members with_capability(const RunGrades& run, Capability capability) {
  Members members;
  for (std::size_t i = 0; i < run.items.size(); ++i) {
    if (run.items[i].capability == capability) members.push_back(i);
  }
  return members;
}

void add_strata(std::vector<SummaryRow>& rows, const Summariser& summariser, const RunGrades& run,
                const std::string& name) {
  std::map<std::string, Members> by_value;
  for (std::size_t i = 0; i < run.items.size(); ++i) by_value[stratum_value(run.items[i], name)].push_back(i);
  const auto without = by_value.extract("");
  for (const auto& [value, members] : by_value) rows.push_back(summariser.row(name + "=" + value, members));
  if (without) rows.push_back(summariser.row(name + "=(none)", without.mapped()));
}

}  // namespace

bool unfinished(const RunGrades& run) { return !run.complete || run.items.size() != run.planned; }

std::vector<SummaryRow> summarise(const RunGrades& run, const std::vector<std::string>& by) {
  const Summariser summariser(run);
  Members everything(run.items.size());
  for (std::size_t i = 0; i < everything.size(); ++i) everything[i] = i;

  std::vector<SummaryRow> rows{summariser.row("all", everything)};
  for (const auto capability : {Capability::understanding, Capability::reasoning}) {
    rows.push_back(summariser.row(std::string(name_of(capability)), with_capability(run, capability)));
  }
  std::set<std::string> done;
  for (const auto& name : by) {
    if (done.insert(name).second) add_strata(rows, summariser, run, name);
  }
  return rows;
}

std::string stratum_value(const GradedItem& item, const std::string& name) {
  if (name == "kind") return std::string(name_of(item.kind));
  if (name == "capability") {
    return item.capability == Capability::unlabeled ? "" : std::string(name_of(item.capability));
  }
  const auto found = item.strata.find(name);
  return found == item.strata.end() ? "" : found->second;
}

std::vector<std::string> strata_of(const std::vector<RunGrades>& runs) {
  std::set<std::string> names{"kind", "capability"};
  for (const auto& run : runs) {
    for (const auto& item : run.items) {
      for (const auto& [name, value] : item.strata) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace osler::report
