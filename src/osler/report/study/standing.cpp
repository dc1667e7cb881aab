#include "osler/report/study/standing.h"

#include <algorithm>
#include <cmath>

#include "osler/core/parallel.h"
#include "osler/stats/critical.h"
#include "osler/stats/paired.h"

namespace osler::report {
namespace {

void adjust(std::vector<Pair>& pairs) {
  std::vector<double> raw;
  for (const Pair& pair : pairs) raw.push_back(pair.p);
  const auto adjusted = stats::holm_adjusted(raw);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].p_adjusted = adjusted[i];
}

Pair compare(const StudyItems& items, const StudyAnswers& first, const StudyAnswers& second,
             std::span<const std::size_t> members) {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<std::size_t> clusters;
  for (const std::size_t i : members) {
    a.push_back(double{first.scores[i]});
    b.push_back(double{second.scores[i]});
    clusters.push_back(items.cluster_of[i]);
  }
  Pair pair;
  pair.n = a.size();
  for (std::size_t i = 0; i < a.size(); ++i) pair.difference += (a[i] - b[i]) / static_cast<double>(a.size());
  if (const auto found = stats::paired_difference(a, b, clusters, kConfidence)) {
    pair.difference = found->difference;
    pair.standard_error = found->standard_error;
    pair.interval = found->interval;
    pair.p = found->p;
  }
  return pair;
}

}  // namespace

std::vector<Pair> pairs_of(const StudyGrid& grid, std::size_t benchmark, std::span<const std::size_t> members) {
  std::vector<Pair> pairs;
  if (members.empty()) return pairs;
  std::vector<std::size_t> models;
  for (std::size_t i = 0; i < grid.models().size(); ++i) {
    const auto* cell = grid.cell(i, benchmark);
    if (cell != nullptr && cell->finished) models.push_back(i);
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t j = i + 1; j < models.size(); ++j) {
      auto& pair = pairs.emplace_back();
      pair.first = models[i];
      pair.second = models[j];
    }
  }
  for_each_index(pairs.size(), [&](std::size_t k) {
    const std::size_t first = pairs[k].first;
    const std::size_t second = pairs[k].second;
    pairs[k] = compare(grid.benchmarks()[benchmark], grid.cell(first, benchmark)->answers,
                       grid.cell(second, benchmark)->answers, members);
    pairs[k].first = first;
    pairs[k].second = second;
  });
  adjust(pairs);
  return pairs;
}

std::vector<Pair> pairs_of_average(std::span<const std::vector<Pair>> columns, std::size_t models) {
  std::vector<Pair> pairs;
  const auto count = static_cast<double>(columns.size());
  for (std::size_t i = 0; i < models; ++i) {
    for (std::size_t j = i + 1; j < models; ++j) {
      Pair mean;
      mean.first = i;
      mean.second = j;
      double variance = 0.0;
      std::size_t found = 0;
      for (const auto& column : columns) {
        const auto pair =
            std::ranges::find_if(column, [&](const Pair& one) { return one.first == i && one.second == j; });
        if (pair == column.end()) break;
        ++found;
        mean.n += pair->n;
        mean.difference += pair->difference / count;
        variance += pair->standard_error * pair->standard_error / (count * count);
      }
      if (found < columns.size() || columns.empty()) continue;
      mean.standard_error = std::sqrt(variance);
      if (mean.standard_error > 0.0) {
        const double half = stats::normal_critical(kConfidence) * mean.standard_error;
        mean.interval = {std::max(-1.0, mean.difference - half), std::min(1.0, mean.difference + half)};
        mean.p = std::erfc(std::abs(mean.difference) / mean.standard_error / std::sqrt(2.0));
      }
      pairs.push_back(mean);
    }
  }
  adjust(pairs);
  return pairs;
}

std::vector<Standing> standings_of(std::span<const std::optional<double>> accuracy, std::span<const Pair> pairs) {
  std::vector<Standing> standings(accuracy.size(), Standing::none);
  std::optional<std::size_t> best;
  std::size_t taking_part = 0;
  for (std::size_t i = 0; i < accuracy.size(); ++i) {
    if (!accuracy[i]) continue;
    ++taking_part;
    if (!best || *accuracy[i] > *accuracy[*best]) best = i;
  }
  if (taking_part < 2) return standings;
  for (std::size_t i = 0; i < accuracy.size(); ++i) {
    if (accuracy[i]) standings[i] = Standing::below;
  }
  bool alone = true;
  for (std::size_t i = 0; i < accuracy.size(); ++i) {
    if (!accuracy[i] || i == *best) continue;
    const auto pair = std::ranges::find_if(pairs, [&](const Pair& one) {
      return (one.first == i && one.second == *best) || (one.first == *best && one.second == i);
    });
    if (pair != pairs.end() && pair->p_adjusted < kSignificance) continue;
    standings[i] = Standing::tied_with_best;
    alone = false;
  }
  standings[*best] = alone ? Standing::best : Standing::tied_with_best;
  return standings;
}

}  // namespace osler::report
