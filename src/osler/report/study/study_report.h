#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "osler/report/study/cell.h"
#include "osler/report/study/findings.h"
#include "osler/report/study/grid.h"
#include "osler/report/study/policy.h"
#include "osler/report/study/published.h"
#include "osler/report/study/split.h"
#include "osler/report/study/standing.h"

namespace osler::report {

/// One figure of a table.
struct TableCell {
  CellFigures figures = {};
  Standing standing = Standing::none;
  std::optional<double> published = {};
};

/// Over all benchmarks of which the model has a finished run.
struct AverageCell {
  std::size_t benchmarks = 0;
  Estimate macro = {};                            ///< Mean of the benchmarks' accuracies.
  std::optional<stats::Interval> bootstrap = {};  ///< Of macro: every benchmark drawn by itself, BCa.
  double micro = 0.0;                             ///< Accuracy over all items together.
  std::size_t n = 0;
  Standing standing = Standing::none;
};

/// A benchmark as far as it does not depend on a model.
struct ColumnFacts {
  std::size_t n = 0;
  std::size_t clusters = 0;
  std::optional<double> chance = {};
};

/// One of the study's tables: all models on all benchmarks, over a stratum.
struct StratumTable {
  std::string stratum = {};
  std::vector<ColumnFacts> columns = {};                          ///< Per benchmark.
  std::vector<std::vector<std::optional<TableCell>>> cells = {};  ///< By model, then benchmark.
  /// Per model; only of those that have every benchmark that has items of this stratum, of which there are two at
  /// least.
  std::vector<std::optional<AverageCell>> averages = {};
  std::vector<std::vector<Pair>> pairs = {};  ///< Per benchmark.
  std::vector<Pair> average_pairs = {};
};

/// What a study comes to, ready to be printed in any format.
struct StudyReport {
  std::string name = {};
  std::string title = {};
  std::string citation = {};
  std::string published = {};  ///< The name of the published table beside ours; may be empty.
  std::vector<ModelName> models = {};
  std::vector<std::string> benchmarks = {};  ///< Names, in the order of the columns.
  std::vector<StratumTable> strata = {};     ///< In the order of kStrata.
  std::vector<StudySplit> splits = {};       ///< Where labels of capability were predicted.
  std::vector<std::string> split_notes = {};
  std::vector<Finding> findings = {};
  stats::Policy policy = {};  ///< Without rules: none.
  std::vector<PolicyResult> policy_results = {};
  std::vector<std::string> warnings = {};
  std::vector<std::string> notes = {};
};

/// What the study says of itself.
struct StudyFacts {
  std::string name = {};
  std::string title = {};
  std::string citation = {};
  Margins margins = {};
};

[[nodiscard]] StudyReport make_study_report(const StudyFacts& facts, const StudyGrid& grid,
                                            const PublishedTable& published, const stats::Policy& policy);

}  // namespace osler::report
