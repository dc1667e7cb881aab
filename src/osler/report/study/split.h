#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "osler/report/capability_split.h"
#include "osler/report/study/grid.h"

/// The split of a study's benchmarks into understanding and reasoning, where labels were predicted.
namespace osler::report {

/// A model on a benchmark; indices into the grid.
struct StudySplit {
  std::size_t model = 0;
  std::size_t benchmark = 0;
  CapabilitySplit split = {};
};

/// Of every finished run on items with predicted labels; by benchmark, then model.
[[nodiscard]] std::vector<StudySplit> splits_of(const StudyGrid& grid);

/// Of any scores of a benchmark's items, as the mean of several models'. nullopt as for capability_split().
[[nodiscard]] std::optional<CapabilitySplit> split_of_scores(const StudyItems& items,
                                                             const std::vector<double>& scores);

}  // namespace osler::report
