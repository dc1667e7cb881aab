#include "osler/capability/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "osler/core/parallel.h"

namespace osler::capability {
namespace {

using Rows = std::vector<std::size_t>;

std::vector<std::uint8_t> truth_of(const TrainingData& data, const Rows& rows) {
  std::vector<std::uint8_t> truth;
  truth.reserve(rows.size());
  for (const auto row : rows) truth.push_back(data.truth[row]);
  return truth;
}

bool has_both(const std::vector<std::uint8_t>& truth) {
  return std::ranges::find(truth, 0) != truth.end() && std::ranges::find(truth, 1) != truth.end();
}

double log_loss(double log_odds, std::uint8_t truth) {
  const double against = truth == 1 ? -log_odds : log_odds;
  return std::max(against, 0.0) + std::log1p(std::exp(-std::abs(against)));
}

/// One set of rows on its way to a classifier.
class Search {
 public:
  Search(const TrainingData& data, const Rows& rows, const TrainingOptions& options)
      : data_(&data),
        rows_(&rows),
        fold_of_(deal_folds(rows, data.truth, data.groups.group_of, options.folds, options.seed)) {
    for (auto& decisions : decisions_) decisions.resize(rows.size());
  }

  /// Whether every fold leaves both classes to learn from, and has something to be asked.
  [[nodiscard]] bool possible(std::size_t folds) const {
    for (std::size_t fold = 0; fold < folds; ++fold) {
      const auto [inside, outside] = parts(fold);
      if (outside.empty() || !has_both(truth_of(*data_, inside))) return false;
    }
    return true;
  }

  /// Fits without the fold, for every C, and decides on the fold. Folds may be done at the same time.
  void ask(std::size_t fold) {
    const auto [inside, outside] = parts(fold);
    const Features& features = *data_->features;
    const auto preprocessing = Preprocessing::fit(features, inside);
    const DesignMatrix matrix(features, inside, preprocessing);
    const auto path = fit_path(matrix, truth_of(*data_, inside), kPenalties);
    std::vector<Term> terms;
    for (std::size_t i = 0; i < rows_->size(); ++i) {
      if (fold_of_[i] != fold) continue;
      preprocessing.apply(features, (*rows_)[i], terms);
      for (std::size_t c = 0; c < path.size(); ++c) decisions_.at(c)[i] = path[c].decision(terms);
    }
  }

  /// Called when all folds were asked.
  [[nodiscard]] Fitted conclude() const {
    Fitted fitted;
    const auto truth = truth_of(*data_, *rows_);
    const auto ones = static_cast<double>(std::ranges::count(truth, 1));
    const double prior = std::log(ones / (static_cast<double>(truth.size()) - ones));
    for (std::size_t c = 0; c < kPenalties.size(); ++c) {
      double sum = 0.0;
      for (std::size_t i = 0; i < truth.size(); ++i) sum += log_loss(decisions_.at(c)[i] + prior, truth[i]);
      fitted.log_losses.at(c) = sum / static_cast<double>(truth.size());
    }
    const auto best = static_cast<std::size_t>(std::ranges::min_element(fitted.log_losses) - fitted.log_losses.begin());
    fitted.penalty = kPenalties.at(best);
    fitted.scale = fit_platt(decisions_.at(best), truth);
    fitted.preprocessing = Preprocessing::fit(*data_->features, *rows_);
    const DesignMatrix matrix(*data_->features, *rows_, fitted.preprocessing);
    // From the weakest C up, as in the folds: the solution is then found in a few steps.
    fitted.model = std::move(fit_path(matrix, truth, std::span(kPenalties).first(best + 1)).back());
    return fitted;
  }

 private:
  [[nodiscard]] std::pair<Rows, Rows> parts(std::size_t fold) const {
    std::pair<Rows, Rows> parts;
    for (std::size_t i = 0; i < rows_->size(); ++i) {
      (fold_of_[i] == fold ? parts.second : parts.first).push_back((*rows_)[i]);
    }
    return parts;
  }

  const TrainingData* data_;
  const Rows* rows_;
  std::vector<std::size_t> fold_of_;
  std::array<std::vector<double>, kPenalties.size()> decisions_;
};

Error too_few(const TrainingData& data, std::size_t folds) {
  const auto ones = std::ranges::count(data.truth, 1);
  return {ErrorCode::unsupported,
          fmt::format("{} reasoning and {} understanding items in {} groups are too few for {} folds within folds",
                      ones, data.truth.size() - static_cast<std::size_t>(ones), data.groups.groups, folds),
          {},
          data.groups.groups < 4 * folds
              ? "items are linked by images and questions that they share; --group-by image looks at images alone"
              : "give a benchmark with more labelled items, or fewer --folds"};
}

/// Does so many tasks on all threads, as long as nobody ends it.
Status do_all(std::size_t tasks, const TrainingWatch& watch, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> done = 0;
  for_each_index(tasks, [&](std::size_t task) {
    if (watch.stop.stop_requested()) return;
    work(task);
    const std::size_t now = ++done;
    if (watch.tell) watch.tell(now, tasks);
  });
  if (done < tasks) return fail(ErrorCode::interrupted, "stopped by the user");
  return {};
}

Rows all_rows(const TrainingData& data) {
  Rows rows(data.truth.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

}  // namespace

Prediction Fitted::predict(const Features& features, std::size_t row, std::vector<Term>& scratch) const {
  preprocessing.apply(features, row, scratch);
  const double decision = model.decision(scratch);
  return {decision, scale.probability(decision)};
}

Result<std::vector<Fitted>> fit_each(const TrainingData& data, std::span<const std::vector<std::size_t>> row_sets,
                                     const TrainingOptions& options, const TrainingWatch& watch) {
  std::vector<Search> searches;
  searches.reserve(row_sets.size());
  for (const auto& rows : row_sets) {
    searches.emplace_back(data, rows, options);
    if (!searches.back().possible(options.folds)) return tl::unexpected<Error>(too_few(data, options.folds));
  }
  auto status = do_all(searches.size() * options.folds, watch,
                       [&](std::size_t task) { searches[task / options.folds].ask(task % options.folds); });
  if (!status) return pass(status);
  std::vector<Fitted> fitted(searches.size());
  status = do_all(searches.size(), {watch.stop, {}}, [&](std::size_t i) { fitted[i] = searches[i].conclude(); });
  if (!status) return pass(status);
  return fitted;
}

Result<CrossValidated> cross_validate(const TrainingData& data, const TrainingOptions& options,
                                      const TrainingWatch& watch) {
  CrossValidated done;
  std::vector<Rows> sets{all_rows(data)};
  // Not the seed of the inner folds of all rows: those would be the same folds.
  done.fold_of = deal_folds(sets.front(), data.truth, data.groups.group_of, options.folds, ~options.seed);
  for (std::size_t fold = 0; fold < options.folds; ++fold) {
    auto& rows = sets.emplace_back();
    for (std::size_t i = 0; i < data.truth.size(); ++i) {
      if (done.fold_of[i] != fold) rows.push_back(i);
    }
  }
  auto fitted = fit_each(data, sets, options, watch);
  if (!fitted) return pass(fitted);
  done.whole = std::move(fitted->front());
  done.outer.assign(std::make_move_iterator(fitted->begin() + 1), std::make_move_iterator(fitted->end()));
  done.predictions.resize(data.truth.size());
  std::vector<Term> scratch;
  for (std::size_t i = 0; i < data.truth.size(); ++i) {
    done.predictions[i] = done.outer[done.fold_of[i]].predict(*data.features, i, scratch);
  }
  return done;
}

Result<std::vector<CurvePoint>> learning_curve(const TrainingData& data, const CrossValidated& done,
                                               std::span<const double> shares, const TrainingOptions& options,
                                               const TrainingWatch& watch) {
  const std::size_t folds = done.outer.size();
  std::vector<CurvePoint> curve;
  for (const double share : shares) {
    curve.push_back({share, 0, std::vector<double>(data.truth.size()), std::vector<double>(data.truth.size())});
  }
  std::vector<std::size_t> sizes(shares.size() * folds);
  const auto status = do_all(sizes.size(), watch, [&](std::size_t task) {
    const std::size_t point = task / folds;
    const std::size_t fold = task % folds;
    Rows rows;
    for (std::size_t i = 0; i < data.truth.size(); ++i) {
      if (done.fold_of[i] != fold) rows.push_back(i);
    }
    rows = draw_groups(rows, data.groups.group_of, shares[point], options.seed + fold);
    const auto truth = truth_of(data, rows);
    if (!has_both(truth)) return;
    sizes[task] = rows.size();
    const auto preprocessing = Preprocessing::fit(*data.features, rows);
    const DesignMatrix matrix(*data.features, rows, preprocessing);
    const std::array<double, 1> penalty{done.outer[fold].penalty};
    const auto model = std::move(fit_path(matrix, truth, penalty).front());
    std::vector<Term> terms;
    for (std::size_t i = 0; i < data.truth.size(); ++i) {
      if (done.fold_of[i] != fold) continue;
      preprocessing.apply(*data.features, i, terms);
      curve[point].decisions[i] = model.decision(terms);
      curve[point].probabilities[i] = done.outer[fold].scale.probability(curve[point].decisions[i]);
    }
  });
  if (!status) return pass(status);
  for (std::size_t point = curve.size(); point-- > 0;) {
    const auto first = sizes.begin() + static_cast<std::ptrdiff_t>(point * folds);
    const auto last = first + static_cast<std::ptrdiff_t>(folds);
    if (std::find(first, last, 0U) != last) {
      curve.erase(curve.begin() + static_cast<std::ptrdiff_t>(point));
      continue;
    }
    curve[point].rows = std::accumulate(first, last, std::size_t{0}) / folds;
  }
  return curve;
}

}  // namespace osler::capability
