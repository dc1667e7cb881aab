#include "osler/report/study/study_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/report/study/figures.h"

namespace osler::report {
namespace {

Mark mark_of(Standing standing) {
  switch (standing) {
    case Standing::best:
      return Mark::strong;
    case Standing::tied_with_best:
      return Mark::tied;
    case Standing::none:
    case Standing::below:
      break;
  }
  return Mark::none;
}

bool has_items(const StratumTable& table) {
  return std::ranges::any_of(table.columns, [](const ColumnFacts& facts) { return facts.n > 0; });
}

template <class Test>
bool any_cell(const StudyReport& report, Test test) {
  for (const auto& table : report.strata) {
    for (const auto& row : table.cells) {
      for (const auto& cell : row) {
        if (cell && test(*cell)) return true;
      }
    }
  }
  return false;
}

/// Calls with table, model, benchmark and cell.
template <class Do>
void for_each_cell(const StudyReport& report, Do work) {
  for (std::size_t b = 0; b < report.benchmarks.size(); ++b) {
    for (const auto& table : report.strata) {
      for (std::size_t m = 0; m < report.models.size(); ++m) {
        const auto& cell = table.cells[m][b];
        if (cell) work(table, m, b, *cell);
      }
    }
  }
}

std::string unfinished_mark(const CellFigures& figures) { return figures.finished ? "" : " (!)"; }

DocumentCell accuracy_cell(const std::optional<TableCell>& cell) {
  if (!cell) return {kNoFigure};
  return {with_margin(cell->figures.accuracy) + unfinished_mark(cell->figures), mark_of(cell->standing)};
}

/// Accuracy by model and benchmark; as the study's Tables 1 to 3.
class AccuracyTable {
 public:
  AccuracyTable(const StudyReport& report, const StratumTable& table) : report_(report), table_(table) {
    for (std::size_t b = 0; b < report.benchmarks.size(); ++b) {
      if (table.columns[b].n > 0) columns_.push_back(b);
    }
    averages_ = std::ranges::any_of(table.averages, [](const auto& average) { return average.has_value(); });
    groups_ = std::ranges::any_of(report.models, [](const ModelName& model) { return !model.group.empty(); });
  }

  [[nodiscard]] DocumentTable make() const {
    DocumentTable made;
    made.title = fmt::format("Accuracy, {} (per cent, ± 95%)", table_.stratum);
    made.label = fmt::format("tab:{}", table_.stratum);
    made.columns.push_back({"model", false});
    if (groups_) made.columns.push_back({"group", false});
    for (const std::size_t b : columns_) made.columns.push_back({report_.benchmarks[b]});
    if (averages_) {
      made.columns.push_back({"macro"});
      made.columns.push_back({"micro"});
    }
    for (std::size_t m = 0; m < report_.models.size(); ++m) made.rows.push_back(model_row(m));
    made.rows.push_back(facts_row("n", [](const ColumnFacts& facts) { return fmt::format("{}", facts.n); }));
    made.rows.back().rule_above = true;
    made.rows.push_back(
        facts_row("images", [](const ColumnFacts& facts) { return fmt::format("{}", facts.clusters); }));
    made.rows.push_back(facts_row("chance", [](const ColumnFacts& facts) { return percent(facts.chance); }));
    return made;
  }

 private:
  [[nodiscard]] DocumentRow model_row(std::size_t m) const {
    DocumentRow row;
    row.cells.push_back({report_.models[m].name});
    if (groups_) row.cells.push_back({report_.models[m].group});
    for (const std::size_t b : columns_) row.cells.push_back(accuracy_cell(table_.cells[m][b]));
    if (averages_) {
      const auto& average = table_.averages[m];
      row.cells.push_back(average ? DocumentCell{with_margin(average->macro), mark_of(average->standing)}
                                  : DocumentCell{kNoFigure});
      row.cells.push_back({average ? percent(average->micro) : kNoFigure});
    }
    return row;
  }

  template <class Text>
  [[nodiscard]] DocumentRow facts_row(const char* name, Text text) const {
    DocumentRow row;
    row.cells.push_back({name});
    if (groups_) row.cells.emplace_back();
    for (const std::size_t b : columns_) row.cells.push_back({text(table_.columns[b])});
    if (averages_) row.cells.resize(row.cells.size() + 2);
    return row;
  }

  const StudyReport& report_;
  const StratumTable& table_;
  std::vector<std::size_t> columns_;
  bool averages_ = false;
  bool groups_ = false;
};

DocumentTable detail_table(const StudyReport& report) {
  const bool published = any_cell(report, [](const TableCell& cell) { return cell.published.has_value(); });
  const bool blind = any_cell(report, [](const TableCell& cell) { return cell.figures.controls.blind.has_value(); });
  DocumentTable made;
  made.title = "Every cell";
  made.label = "tab:cells";
  made.columns = {{"benchmark", false}, {"stratum", false}, {"model", false}, {"n"},
                  {"images"},           {"accuracy"},       {"95%"},          {"BCa 95%"},
                  {"parsed"},           {"chance"},         {"above chance"}};
  if (blind) made.columns.push_back({"blind"});
  if (published) {
    made.columns.push_back({"published"});
    made.columns.push_back({"difference"});
  }
  for_each_cell(report, [&](const StratumTable& table, std::size_t m, std::size_t b, const TableCell& cell) {
    const CellFigures& figures = cell.figures;
    DocumentRow row;
    const auto add = [&row](std::string text) { row.cells.push_back({std::move(text)}); };
    add(report.benchmarks[b]);
    add(table.stratum);
    add(report.models[m].name + unfinished_mark(figures));
    add(fmt::format("{}", figures.n));
    add(fmt::format("{}", figures.clusters));
    row.cells.push_back({percent(figures.accuracy.value), mark_of(cell.standing)});
    add(interval_text(figures.accuracy.interval));
    add(interval_text(figures.bootstrap));
    add(percent(figures.parse_rate));
    add(percent(figures.chance));
    add(percent(figures.chance_corrected));
    if (blind) add(figures.controls.blind ? percent(figures.controls.blind->value) : kNoFigure);
    if (published) {
      add(percent(cell.published));
      add(cell.published ? points(figures.accuracy.value - *cell.published) : kNoFigure);
    }
    made.rows.push_back(std::move(row));
  });
  made.notes.emplace_back(
      "95% is the t interval of the standard error clustered by image, BCa 95% that of a cluster bootstrap with 10,000 "
      "replicates (seed 1). Above chance is (accuracy - chance) / "
      "(1 - chance), with chance the mean of 1 / options; open items have none.");
  if (published) made.notes.push_back(fmt::format("Published: {}; difference is ours minus theirs.", report.published));
  return made;
}

bool has_controls(const TableCell& cell) {
  const ControlFigures& controls = cell.figures.controls;
  return controls.blind || controls.shuffled || controls.all_orders;
}

DocumentTable control_table(const StudyReport& report) {
  DocumentTable made;
  made.title = "Controls: does the model look at the image, does it hold to its answer?";
  made.label = "tab:controls";
  made.columns = {{"benchmark", false}, {"stratum", false}, {"model", false},      {"accuracy"},   {"blind"},
                  {"visual reliance"},  {"shuffled"},       {"image sensitivity"}, {"all orders"}, {"consistency"}};
  for_each_cell(report, [&](const StratumTable& table, std::size_t m, std::size_t b, const TableCell& cell) {
    if (!has_controls(cell)) return;
    const ControlFigures& controls = cell.figures.controls;
    const auto value = [](const std::optional<Estimate>& one) {
      return one ? percent(one->value) : std::string(kNoFigure);
    };
    made.rows.push_back({{{report.benchmarks[b]},
                          {table.stratum},
                          {report.models[m].name},
                          {percent(cell.figures.accuracy.value)},
                          {value(controls.blind)},
                          {with_interval(controls.visual_reliance)},
                          {value(controls.shuffled)},
                          {with_interval(controls.image_sensitivity)},
                          {with_interval(controls.all_orders)},
                          {with_interval(controls.consistency)}}});
  });
  made.notes.emplace_back(
      "Blind is accuracy without the image, visual reliance accuracy minus blind; shuffled is accuracy with another "
      "item's image, image sensitivity the share of items that are then answered otherwise. All orders is accuracy "
      "over every cyclic order of the options, consistency the share of items with the same answer in all of them.");
  return made;
}

DocumentTable split_table(const StudyReport& report) {
  DocumentTable made;
  made.title = "Understanding and reasoning by predicted labels";
  made.label = "tab:split";
  made.columns = {{"benchmark", false}, {"model", false}, {"stratum", false}, {"n"},
                  {"by label"},         {"corrected"},    {"by probability"}};
  for (const auto& [model, benchmark, split] : report.splits) {
    for (const auto& line : split_lines(split)) {
      made.rows.push_back({{{report.benchmarks[benchmark]},
                            {report.models[model].name},
                            {line.stratum},
                            {line.n},
                            {line.by_label},
                            {line.corrected},
                            {line.by_probability}}});
    }
  }
  made.notes = report.split_notes;
  made.notes.push_back(split_legend());
  return made;
}

bool has_confidence(const TableCell& cell) { return cell.figures.confidence.has_value(); }

DocumentTable confidence_table(const StudyReport& report) {
  DocumentTable made;
  made.title = "Confidence: does the model know when it is right?";
  made.label = "tab:confidence";
  made.columns = {{"benchmark", false},
                  {"stratum", false},
                  {"model", false},
                  {"n"},
                  {"accuracy"},
                  {"confidence"},
                  {"ECE"},
                  {"debiased"},
                  {"recalibrated"},
                  {"Brier"},
                  {"reliability"},
                  {"resolution"},
                  {"AURC"},
                  {"at 5% risk"},
                  {"at 10% risk"}};
  for_each_cell(report, [&](const StratumTable& table, std::size_t m, std::size_t b, const TableCell& cell) {
    if (!has_confidence(cell)) return;
    const ConfidenceFigures& found = *cell.figures.confidence;
    const auto share = [](double value) { return fmt::format("{:.3f}", value); };
    made.rows.push_back({{{report.benchmarks[b]},
                          {table.stratum},
                          {report.models[m].name},
                          {fmt::format("{}", found.n)},
                          {percent(found.accuracy)},
                          {percent(found.mean)},
                          {percent(found.ece)},
                          {percent(found.debiased)},
                          {percent(found.recalibrated)},
                          {share(found.brier.score)},
                          {share(found.brier.reliability)},
                          {share(found.brier.resolution)},
                          {share(found.area_under_risk)},
                          {percent(found.coverage_at_5)},
                          {percent(found.coverage_at_10)}}});
  });
  made.notes.emplace_back(
      "Over the n items of which the probability of the answer is known. ECE is over 15 bins of equal mass; debiased "
      "takes off what chance puts into them; recalibrated is that again at a temperature that was fitted on other "
      "images and draws towards a guess among the options. AURC is the area under the risk-coverage curve, at 5% risk "
      "the share that may be answered, the surest "
      "first, with at most 5% errors: a figure of these items, not a bound.");
  return made;
}

std::string rule_text(const stats::PolicyRule& rule) {
  const auto condition =
      rule.metric == stats::PolicyMetric::accuracy
          ? fmt::format("Accuracy at least {:g}%", 100.0 * rule.at_least)
          : fmt::format("At most {:g}% errors in the surest {:g}%", 100.0 * rule.risk, 100.0 * rule.at_least);
  return fmt::format("{}, {}{}, one-sided {:g}%; people: {}; source: {}.", condition, rule.stratum,
                     rule.benchmarks.empty() ? "" : fmt::format(" of {}", fmt::join(rule.benchmarks, ", ")),
                     100.0 * rule.confidence, rule.human, rule.citation);
}

DocumentTable policy_table(const StudyReport& report) {
  DocumentTable made;
  made.title = fmt::format("Policy: {}", report.policy.title);
  made.label = "tab:policy";
  made.columns = {{"benchmark", false}, {"model", false}, {"metric", false}, {"estimate"}, {"finding", false}};
  for (const PolicyResult& result : report.policy_results) {
    const auto& rule = report.policy.rules[result.rule];
    const auto metric = rule.metric == stats::PolicyMetric::accuracy
                            ? "accuracy"
                            : fmt::format("error at {:g}% coverage", 100.0 * rule.at_least);
    made.rows.push_back({{{result.benchmark},
                          {result.model},
                          {fmt::format("{}, {}", metric, rule.stratum)},
                          {result.estimate ? percent(*result.estimate) : kNoFigure},
                          {result.sentence}}});
  }
  for (std::size_t i = 0; i < report.policy.rules.size(); ++i) {
    const bool applied = std::ranges::count(report.policy_results, i, &PolicyResult::rule) > 0;
    made.notes.push_back(rule_text(report.policy.rules[i]) +
                         (applied ? "" : " No finished run here is of what it is about: not looked at."));
  }
  made.notes.emplace_back(
      "Bounds are clustered by image. To meet a threshold on a benchmark is not to be safe in use: it is a statement "
      "about these questions.");
  return made;
}

DocumentTable findings_table(const StudyReport& report) {
  DocumentTable made;
  made.title = "Findings";
  made.label = "tab:findings";
  made.columns = {{"claim", false}, {"scope", false}, {"effect", false}, {"points"}, {"95%"}, {"against"}, {"p"},
                  {"adjusted"},     {"visible"},      {"finding", false}};
  for (const Finding& finding : report.findings) {
    made.rows.push_back({{{finding.claim},
                          {finding.scope},
                          {finding.effect_is},
                          {points(finding.effect)},
                          {interval_text(finding.interval)},
                          {points(finding.tested_against)},
                          {p_value_text(finding.p)},
                          {p_value_text(finding.p_adjusted)},
                          {percent(finding.detectable)},
                          {std::string(name_of(finding.verdict))}}});
  }
  made.notes.emplace_back(
      "Each claim is tested against the effect under 'against', which the study file said beforehand: supported above "
      "it, contradicted below it, where the p value, adjusted by Holm over all findings, is below 0.05; else "
      "undecided. Visible is the smallest distance from it that a test at 5% finds four times in five. Models are "
      "taken as they are: errors are those of the choice of items.");
  for (const Finding& finding : report.findings) {
    if (!finding.remark.empty()) made.notes.push_back(fmt::format("{}: {}.", finding.scope, finding.remark));
  }
  std::vector<std::string> once;
  for (auto& note : made.notes) {
    if (std::ranges::find(once, note) == once.end()) once.push_back(std::move(note));
  }
  made.notes = std::move(once);
  return made;
}

}  // namespace

Document study_document(const StudyReport& report) {
  Document document;
  document.title = report.title;
  if (!report.citation.empty()) document.paragraphs.push_back(report.citation);
  document.warnings = report.warnings;
  document.notes = report.notes;
  document.notes.emplace_back(
      "Whatever was not read as an answer counts as not correct. A figure is bold (or has a *) only where its model is "
      "above every other one in its column with p below 0.05, paired by item, clustered by image, adjusted by Holm "
      "over the column's pairs; = marks the highest figure and those that are not told apart from it.");
  for (const auto& table : report.strata) {
    if (has_items(table)) document.tables.push_back(AccuracyTable(report, table).make());
  }
  if (report.benchmarks.empty()) return document;
  if (!report.splits.empty()) document.tables.push_back(split_table(report));
  document.tables.push_back(detail_table(report));
  if (any_cell(report, has_controls)) document.tables.push_back(control_table(report));
  if (any_cell(report, has_confidence)) document.tables.push_back(confidence_table(report));
  if (!report.policy.rules.empty()) document.tables.push_back(policy_table(report));
  if (!report.findings.empty()) document.tables.push_back(findings_table(report));
  return document;
}

}  // namespace osler::report
