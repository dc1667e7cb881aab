#include "osler/report/study/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

#include "osler/report/study/cell.h"
#include "osler/report/study/figures.h"
#include "osler/report/study/split.h"
#include "osler/report/study/standing.h"
#include "osler/stats/clustered.h"
#include "osler/stats/contrast.h"
#include "osler/stats/critical.h"
#include "osler/stats/heterogeneity.h"
#include "osler/stats/paired.h"

namespace osler::report {
namespace {

constexpr std::array<std::string_view, 3> kVerdicts = {"supported", "contradicted", "undecided"};

/// An effect that was measured on one benchmark.
struct Measured {
  std::size_t benchmark = 0;
  std::size_t n = 0;
  double effect = 0.0;
  double error = 0.0;    ///< Standard error.
  double degrees = 0.0;  ///< Of freedom; 0: normal.
  std::string remark = {};
};

std::vector<std::size_t> finished_on(const StudyGrid& grid, std::size_t benchmark,
                                     const std::function<bool(const ModelName&)>& wanted) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < grid.models().size(); ++i) {
    const auto* cell = grid.cell(i, benchmark);
    if (cell != nullptr && cell->finished && wanted(grid.models()[i])) found.push_back(i);
  }
  return found;
}

/// Mean score of these models, item by item.
std::vector<double> mean_scores(const StudyGrid& grid, std::size_t benchmark, const std::vector<std::size_t>& models) {
  std::vector<double> mean(grid.benchmarks()[benchmark].ids.size(), 0.0);
  for (const std::size_t model : models) {
    const auto& scores = grid.cell(model, benchmark)->answers.scores;
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += double{scores[i]};
  }
  for (double& score : mean) score /= static_cast<double>(models.size());
  return mean;
}

/// Two-sided, of a true effect of `against`. An error of 0 says that no variation was seen, not that there is none.
double p_of(const Measured& found, double against) {
  if (found.error <= 0.0) return 1.0;
  const double t = std::abs(found.effect - against) / found.error;
  if (found.degrees > 0.0) return stats::student_two_sided_p(t, found.degrees);
  return std::erfc(t / std::sqrt(2.0));
}

void judge(Finding& finding) {
  finding.verdict = Verdict::undecided;
  if (finding.p_adjusted >= kSignificance) return;
  finding.verdict = finding.effect > finding.tested_against ? Verdict::supported : Verdict::contradicted;
}

Finding finding_of(const Measured& found, double against) {
  Finding finding;
  finding.effect = found.effect;
  finding.tested_against = against;
  finding.n = found.n;
  finding.remark = found.remark;
  finding.p = p_of(found, against);
  if (found.error > 0.0) {
    const double critical =
        found.degrees > 0.0 ? stats::student_critical(kConfidence, found.degrees) : stats::normal_critical(kConfidence);
    finding.interval = {std::max(-1.0, found.effect - critical * found.error),
                        std::min(1.0, found.effect + critical * found.error)};
    finding.detectable = stats::detectable_from_error(found.error);
  }
  return finding;
}

/// Each benchmark by itself and, where there are several, their mean.
void add_findings(std::vector<Finding>& findings, const StudyGrid& grid, const std::vector<Measured>& measured,
                  const Finding& words, double against) {
  const std::string prefix = words.scope.empty() ? "" : words.scope + ", ";
  const auto add = [&](const Measured& found, const std::string& where) {
    auto finding = finding_of(found, against);
    finding.claim = words.claim;
    finding.effect_is = words.effect_is;
    finding.scope = prefix + where;
    findings.push_back(std::move(finding));
  };
  for (const Measured& one : measured) add(one, grid.benchmarks()[one.benchmark].benchmark);
  if (measured.size() < 2) return;
  Measured mean;
  const auto count = static_cast<double>(measured.size());
  for (const Measured& one : measured) {
    mean.effect += one.effect / count;
    mean.error += one.error * one.error / (count * count);
    mean.n += one.n;
  }
  mean.error = std::sqrt(mean.error);
  add(mean, fmt::format("mean of {} benchmarks", measured.size()));
}

void add_groups(std::vector<Finding>& findings, const StudyGrid& grid, double margin) {
  std::vector<std::string> sizes;
  for (const auto& model : grid.models()) {
    if (!model.size.empty() && std::ranges::find(sizes, model.size) == sizes.end()) sizes.push_back(model.size);
  }
  for (const auto& size : sizes) {
    std::vector<Measured> measured;
    for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
      const auto in_group = [&size](std::string_view group) {
        return [&size, group](const ModelName& model) { return model.size == size && model.group == group; };
      };
      const auto general = finished_on(grid, b, in_group("general"));
      const auto medical = finished_on(grid, b, in_group("medical"));
      if (general.empty() || medical.empty()) continue;
      const auto first = mean_scores(grid, b, general);
      const auto second = mean_scores(grid, b, medical);
      const auto& items = grid.benchmarks()[b];
      const auto found = stats::paired_difference(first, second, items.cluster_of, kConfidence);
      if (!found) continue;
      measured.push_back({b, first.size(), found->difference, found->standard_error,
                          static_cast<double>(found->clusters) - 1.0,
                          fmt::format("{} general, {} medical", general.size(), medical.size())});
    }
    Finding words;
    words.claim = "general models match medical ones of their size";
    words.effect_is = "general - medical";
    words.scope = size;
    add_findings(findings, grid, measured, words, -margin);
  }
}

/// The items of one capability.
struct CapabilitySide {
  std::vector<double> scores = {};
  std::vector<std::size_t> clusters = {};
  double chance = 0.0;  ///< Sum.
};

/// Predicted labels that err draw both sides towards each other: no difference stays none, and what is seen of one is
/// too small. The test needs no correction; the effect does.
std::string label_remark(const StudyItems& items, const std::vector<double>& scores) {
  if (items.capability_source == "gold") return "";
  std::string text = fmt::format("; labels: {}", items.capability_source);
  const auto split = split_of_scores(items, scores);
  if (!split) return text;
  if (split->errors_do_not_fit) return text + ", whose errors do not fit";
  const auto& difference = split->corrected.difference;
  const stats::Interval turned{-difference.interval.high, -difference.interval.low};
  return text + fmt::format(", corrected for their errors: {} {}",
                            difference.value ? points(-*difference.value) : kNoFigure, interval_text(turned));
}

/// Accuracy on understanding minus that on reasoning; an image may have items of both. Nothing where the labels say no
/// more than the majority.
std::optional<Measured> capability_gap(const StudyItems& items, const std::vector<double>& scores) {
  if (items.label_trust && items.label_trust->no_better_than_majority) return std::nullopt;
  CapabilitySide understanding;
  CapabilitySide reasoning;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (items.capability[i] == Capability::unlabeled) continue;
    auto& side = items.capability[i] == Capability::understanding ? understanding : reasoning;
    side.scores.push_back(scores[i]);
    side.clusters.push_back(items.cluster_of[i]);
    side.chance += std::max(0.0, double{items.chance[i]});
  }
  const auto contrast = stats::mean_contrast({understanding.scores, understanding.clusters},
                                             {reasoning.scores, reasoning.clusters}, kConfidence);
  if (!contrast) return std::nullopt;
  Measured found;
  found.n = understanding.scores.size() + reasoning.scores.size();
  found.effect = contrast->difference;
  found.error = contrast->standard_error;
  found.degrees = contrast->degrees_of_freedom;
  const auto words = [](const CapabilitySide& side, std::string_view name) {
    return fmt::format("{} {} (chance {:.1f})", side.scores.size(), name,
                       100.0 * side.chance / static_cast<double>(side.scores.size()));
  };
  found.remark = words(understanding, "understanding") + ", " + words(reasoning, "reasoning");
  found.remark += label_remark(items, scores);
  return found;
}

void add_capabilities(std::vector<Finding>& findings, const StudyGrid& grid) {
  std::vector<Measured> measured;
  for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
    const auto models = finished_on(grid, b, [](const ModelName&) { return true; });
    if (models.empty()) continue;
    auto found = capability_gap(grid.benchmarks()[b], mean_scores(grid, b, models));
    if (!found) continue;
    found->benchmark = b;
    measured.push_back(std::move(*found));
  }
  Finding words;
  words.claim = "reasoning lags understanding";
  words.effect_is = "understanding - reasoning";
  add_findings(findings, grid, measured, words, 0.0);
}

/// Models with a finished run of every benchmark: others would bring differences between models into the spread.
std::vector<std::size_t> finished_on_all(const StudyGrid& grid) {
  std::vector<std::size_t> models;
  for (std::size_t m = 0; m < grid.models().size(); ++m) {
    bool all = true;
    for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
      const auto* cell = grid.cell(m, b);
      all = all && cell != nullptr && cell->finished;
    }
    if (all) models.push_back(m);
  }
  return models;
}

void add_spread(std::vector<Finding>& findings, const StudyGrid& grid, double margin, bool without_chance) {
  const auto models = finished_on_all(grid);
  if (models.empty()) return;
  std::vector<double> accuracies;
  std::vector<double> errors;
  std::size_t n = 0;
  for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
    const auto& items = grid.benchmarks()[b];
    const auto found = stats::clustered_error(mean_scores(grid, b, models), items.cluster_of, kConfidence);
    if (!found || found->standard_error <= 0.0) continue;
    double chance = 0.0;
    if (without_chance) {
      const auto known = chance_of(items, members_of(items, 0));
      if (!known || *known >= 1.0) return;
      chance = *known;
    }
    accuracies.push_back((found->mean - chance) / (1.0 - chance));
    errors.push_back(found->standard_error / (1.0 - chance));
    n += items.ids.size();
  }
  const auto found = stats::heterogeneity(accuracies, errors, kConfidence);
  if (!found) return;
  Finding finding;
  finding.claim = "accuracy varies from benchmark to benchmark";
  finding.scope = fmt::format("{} benchmarks", accuracies.size());
  finding.effect_is = without_chance ? "SD of chance-corrected accuracy" : "SD of accuracy";
  finding.effect = found->spread;
  // Shares have no larger standard deviation.
  constexpr double kWidest = 0.5;
  finding.interval = {std::min(kWidest, found->interval.low), std::min(kWidest, found->interval.high)};
  finding.tested_against = margin;
  finding.p = stats::spread_p(accuracies, errors, margin);
  finding.n = n;
  finding.remark =
      fmt::format("{} models, Q = {:.1f} on {} degrees of freedom", models.size(), found->q, accuracies.size() - 1);
  if (found->p > (1.0 + kConfidence) / 2.0) {
    // No spread explains so little: the interval is empty, and nothing follows from that.
    finding.interval.reset();
    finding.p = 1.0;
    finding.remark += "; they agree more closely than their errors would let them";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

std::string_view name_of(Verdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }

std::vector<Finding> findings_of(const StudyGrid& grid, const Margins& margins) {
  std::vector<Finding> findings;
  add_groups(findings, grid, margins.match);
  add_capabilities(findings, grid);
  add_spread(findings, grid, margins.spread, false);
  add_spread(findings, grid, margins.spread, true);
  std::vector<double> raw;
  for (const auto& finding : findings) raw.push_back(finding.p);
  const auto adjusted = stats::holm_adjusted(raw);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    findings[i].p_adjusted = adjusted[i];
    judge(findings[i]);
  }
  return findings;
}

}  // namespace osler::report
