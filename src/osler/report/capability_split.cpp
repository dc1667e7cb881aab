#include "osler/report/capability_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "osler/stats/clusters.h"

namespace osler::report {
namespace {

/// Draws of the corrected intervals; the same for every report.
constexpr std::uint64_t kSeed = 1;

std::vector<stats::LabelledScore> labelled_scores(const RunGrades& run) {
  std::vector<std::string_view> names;
  names.reserve(run.items.size());
  for (const auto& item : run.items) names.emplace_back(item.image_cluster);
  const auto cluster_of = stats::partition_by_name(names).cluster_of;
  std::vector<stats::LabelledScore> scores;
  for (std::size_t i = 0; i < run.items.size(); ++i) {
    const auto& item = run.items[i];
    if (item.capability == Capability::unlabeled) continue;
    const bool reasoning = item.capability == Capability::reasoning;
    scores.push_back({item.score(), reasoning, !is_predicted(item),
                      item.capability_probability.value_or(reasoning ? 1.0 : 0.0), cluster_of[i], labeller_of(item)});
  }
  return scores;
}

CapabilitySplit counts_of(std::span<const stats::LabelledScore> scores, std::size_t unlabelled) {
  CapabilitySplit split;
  split.unlabelled = unlabelled;
  for (const auto& score : scores) {
    ++(score.known ? split.known : split.predicted);
    ++(score.positive ? split.reasoning : split.understanding);
  }
  return split;
}

/// What the labeller says of all the items that it labelled is more or less than its errors allow.
bool impossible_share(std::span<const stats::LabelledScore> scores, const stats::LabelErrors& errors) {
  double positive = 0.0;
  double all = 0.0;
  for (const auto& score : scores) {
    if (score.known && !score.labeller) continue;
    positive += score.labeller.value_or(score.positive) ? 1.0 : 0.0;
    all += 1.0;
  }
  return !stats::errors_allow(positive, all, errors);
}

std::string percent(const stats::PartMean& mean, bool sign = false) {
  const auto interval = sign ? fmt::format("{:+.1f} to {:+.1f}", 100.0 * mean.interval.low, 100.0 * mean.interval.high)
                             : fmt::format("{:.1f} to {:.1f}", 100.0 * mean.interval.low, 100.0 * mean.interval.high);
  if (!mean.value) return fmt::format("— ({})", interval);
  return sign ? fmt::format("{:+.1f} ({})", 100.0 * *mean.value, interval)
              : fmt::format("{:.1f} ({})", 100.0 * *mean.value, interval);
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (!text.empty() && std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

}  // namespace

bool is_predicted(const GradedItem& item) { return item.capability_source.starts_with("classifier"); }

std::optional<bool> labeller_of(const GradedItem& item) {
  if (item.capability_predicted) return item.capability_predicted;
  // Files of before there was that column.
  return is_predicted(item) ? std::optional(item.capability == Capability::reasoning) : std::nullopt;
}

std::optional<CapabilitySplit> capability_split(std::span<const stats::LabelledScore> scores, std::size_t unlabelled,
                                                const LabelTrust& trust) {
  auto split = counts_of(scores, unlabelled);
  if (split.predicted == 0 || split.reasoning == 0 || split.understanding == 0) return std::nullopt;
  split.by_label = stats::means_by_label(scores, kConfidence);
  split.corrected = stats::corrected_means(scores, trust.errors, {.confidence = kConfidence, .seed = kSeed});
  split.by_probability = stats::means_by_probability(scores, kConfidence);
  split.errors_do_not_fit = impossible_share(scores, trust.errors);
  return split;
}

std::optional<CapabilitySplit> capability_split(const RunGrades& run) {
  if (!run.label_trust || std::ranges::none_of(run.items, is_predicted)) return std::nullopt;
  const auto scores = labelled_scores(run);
  return capability_split(scores, run.items.size() - scores.size(), *run.label_trust);
}

std::array<SplitLine, 4> split_lines(const CapabilitySplit& split) {
  const auto line = [&](const char* stratum, std::string n, stats::PartMean stats::ClassMeans::*part, bool sign) {
    return SplitLine{stratum, std::move(n), percent(split.by_label.*part, sign), percent(split.corrected.*part, sign),
                     percent(split.by_probability.*part, sign)};
  };
  return {line("understanding", std::to_string(split.understanding), &stats::ClassMeans::negative, false),
          line("reasoning", std::to_string(split.reasoning), &stats::ClassMeans::positive, false),
          line("reasoning - understanding", "", &stats::ClassMeans::difference, true),
          line("share of reasoning", std::to_string(split.understanding + split.reasoning), &stats::ClassMeans::share,
               false)};
}

std::string split_warning(const std::string& benchmark, const CapabilitySplit& split, const LabelTrust& trust) {
  if (trust.no_better_than_majority) {
    return fmt::format(
        "NO SPLIT: the labels of {} are no better than the majority ({}); the split of its accuracy "
        "into understanding and reasoning means nothing",
        benchmark, trust.measured_on);
  }
  if (!split.errors_do_not_fit) return "";
  return fmt::format(
      "ERRORS DO NOT FIT: of {} so few or so many items are labelled reasoning that the errors "
      "which were measured elsewhere ({}) cannot be those made here; the corrected figures are not "
      "to be used, and people should label a sample (osler capability sample)",
      benchmark, trust.measured_on);
}

std::string split_note(const std::string& benchmark, const CapabilitySplit& split, const std::string& source,
                       const LabelTrust& trust) {
  return fmt::format(
      "{}: {} labels of {}, {} of the benchmark or of people, {} items without. The classifier labels "
      "{:.1f}% of reasoning and {:.1f}% of understanding rightly ({}).",
      benchmark, split.predicted, source, split.known, split.unlabelled, 100.0 * trust.errors.sensitivity,
      100.0 * trust.errors.specificity, trust.measured_on);
}

std::string split_legend() {
  return "By label takes predicted labels for the truth. Corrected solves for the accuracies that, mixed by the "
         "classifier's errors, give those seen; it assumes that these errors are the same here as where they were "
         "measured, and that a wrong label has nothing to do with a right answer. Its interval is of a bootstrap over "
         "clusters and errors. By probability counts every item in both, by its probability. All in per cent, with 95% "
         "intervals; — where nothing is known.";
}

std::optional<Sheet> split_sheet(std::span<const RunSummary> runs) {
  Sheet sheet;
  sheet.title = "Understanding and reasoning by predicted labels";
  sheet.columns = {{.header = "model", .number = false, .names_run = true},
                   {.header = "benchmark", .number = false, .names_run = true},
                   {.header = "protocol", .number = false, .names_run = true, .spare = 2},
                   {.header = "stratum", .number = false},
                   {.header = "n"},
                   {.header = "by label"},
                   {.header = "corrected"},
                   {.header = "by probability", .spare = 1}};
  for (const auto& [run, rows] : runs) {
    const auto split = capability_split(*run);
    if (!split) continue;
    for (const auto& line : split_lines(*split)) {
      sheet.rows.push_back({run->model, run->benchmark, run->protocol, line.stratum, line.n, line.by_label,
                            line.corrected, line.by_probability});
    }
    const auto& trust = *run->label_trust;
    add_once(sheet.warnings, split_warning(run->benchmark, *split, trust));
    add_once(sheet.notes, split_note(run->benchmark, *split, run->capability_source, trust));
  }
  if (sheet.rows.empty()) return std::nullopt;
  sheet.notes.push_back(split_legend());
  return sheet;
}

void add_split(const RunGrades& run, std::vector<SummaryRow>& rows) {
  const auto split = capability_split(run);
  if (!split) return;
  for (auto& row : rows) {
    if (row.stratum == "reasoning") {
      row.corrected = split->corrected.positive;
      row.by_probability = split->by_probability.positive;
    } else if (row.stratum == "understanding") {
      row.corrected = split->corrected.negative;
      row.by_probability = split->by_probability.negative;
    } else {
      continue;
    }
    row.split_warning = run.label_trust->no_better_than_majority ? "no better than the majority" : "";
    if (row.split_warning.empty() && split->errors_do_not_fit) row.split_warning = "errors do not fit";
  }
}

}  // namespace osler::report
