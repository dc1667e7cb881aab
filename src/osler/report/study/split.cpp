#include "osler/report/study/split.h"

namespace osler::report {

std::optional<CapabilitySplit> split_of_scores(const StudyItems& items, const std::vector<double>& scores) {
  if (!items.label_trust) return std::nullopt;
  std::vector<stats::LabelledScore> labelled;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (items.capability[i] == Capability::unlabeled) continue;
    labelled.push_back({scores[i], items.capability[i] == Capability::reasoning, !items.predicted[i],
                        double{items.reasoning_probability[i]}, items.cluster_of[i], items.labeller[i]});
  }
  return capability_split(labelled, scores.size() - labelled.size(), *items.label_trust);
}

std::vector<StudySplit> splits_of(const StudyGrid& grid) {
  std::vector<StudySplit> splits;
  for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
    for (std::size_t m = 0; m < grid.models().size(); ++m) {
      const auto* cell = grid.cell(m, b);
      if (cell == nullptr || !cell->finished) continue;
      const std::vector<double> scores(cell->answers.scores.begin(), cell->answers.scores.end());
      if (auto split = split_of_scores(grid.benchmarks()[b], scores)) splits.push_back({m, b, *split});
    }
  }
  return splits;
}

}  // namespace osler::report
