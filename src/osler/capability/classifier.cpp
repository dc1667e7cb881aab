#include "osler/capability/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "osler/capability/folds.h"
#include "osler/capability/preprocessing.h"
#include "osler/core/hash.h"
#include "osler/core/parallel.h"

namespace osler::capability {
namespace {

template <class T>
std::string_view bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

bool has_both(const std::vector<bool>& labels, std::span<const std::size_t> of) {
  const auto is_true = [&](std::size_t row) { return static_cast<bool>(labels[row]); };
  return std::any_of(of.begin(), of.end(), is_true) && !std::all_of(of.begin(), of.end(), is_true);
}

double log_loss(const Calibration& calibration, std::span<const double> scores, const std::vector<bool>& labels) {
  double sum = 0.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double p = std::clamp(calibration.probability(scores[i]), 1e-12, 1.0 - 1e-12);
    sum -= std::log(labels[i] ? p : 1.0 - p);
  }
  return sum / static_cast<double>(scores.size());
}

/// Features as one fit sees them: fitted on its rows alone. Vectors need no fitting, so that all fits share them.
class Views {
 public:
  explicit Views(const Features& features) : features_(features) {
    if (!features.counts) shared_.emplace(prepared(features.rows, {}));
    if (shared_) shared_problem_.emplace(*shared_);
  }

  struct View {
    std::vector<float> idf;
    std::optional<SparseRows> own;
    std::optional<LogisticProblem> own_problem;
    const SparseRows* rows = nullptr;
    const LogisticProblem* problem = nullptr;
  };

  void look(std::span<const std::size_t> of, View& view) const {
    if (features_.counts) {
      view.idf = inverse_frequencies(features_.rows, of);
      view.own.emplace(prepared(features_.rows, view.idf));
      view.own_problem.emplace(*view.own);
    }
    view.rows = shared_ ? &*shared_ : &*view.own;
    view.problem = shared_problem_ ? &*shared_problem_ : &*view.own_problem;
  }

 private:
  const Features& features_;
  std::optional<SparseRows> shared_;
  std::optional<LogisticProblem> shared_problem_;
};

/// Scores of all rows at each cost, each by a model that has not seen the row's fold.
Result<std::vector<std::vector<double>>> held_out_scores(const TrainingSet& set, const Views& views,
                                                         std::span<const std::size_t> of,
                                                         const TrainingOptions& options) {
  const auto fold_of = deal_folds(of, set.groups, set.labels, options.folds, options.seed);
  std::vector<std::vector<double>> scores(options.costs.size(), std::vector<double>(of.size()));
  for (std::size_t fold = 0; fold < options.folds; ++fold) {
    std::vector<std::size_t> rest;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (fold_of[i] != fold) rest.push_back(of[i]);
    }
    if (!has_both(set.labels, rest)) {
      return fail(ErrorCode::unsupported, "too few labelled items: a fold is left with one label only", {},
                  "label more items");
    }
    Views::View view;
    views.look(rest, view);
    std::optional<Weights> last;
    for (std::size_t c = 0; c < options.costs.size(); ++c) {
      last = view.problem->fit(rest, set.labels, options.costs[c], last ? &*last : nullptr);
      for (std::size_t i = 0; i < of.size(); ++i) {
        if (fold_of[i] == fold) scores[c][i] = score(*last, *view.rows, of[i]);
      }
    }
  }
  return scores;
}

/// The score of a row as it came: what prepared() and score() make of it, without a copy of all rows.
double score_raw(const Classifier& classifier, const SparseRows& rows, std::size_t row) {
  double squares = 0.0;
  double sum = 0.0;
  for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
    const std::uint32_t column = rows.column[i];
    auto value = static_cast<double>(rows.value[i]);
    if (!classifier.idf.empty()) value = (1.0 + std::log(value)) * static_cast<double>(classifier.idf[column]);
    squares += value * value;
    sum += value * classifier.weights.weight[column];
  }
  return classifier.weights.intercept + (squares > 0.0 ? sum / std::sqrt(squares) : 0.0);
}

}  // namespace

Result<TrainingSet> training_set(const std::vector<Item>& items, const Features& features) {
  std::unordered_map<std::string_view, std::size_t> row_of;
  for (std::size_t row = 0; row < features.item_ids.size(); ++row) row_of.emplace(features.item_ids[row], row);
  const auto groups = groups_of(items);
  TrainingSet set;
  set.features.identity = features.identity;
  set.features.counts = features.counts;
  SparseRows& rows = set.features.rows;
  rows.columns = features.rows.columns;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto found = row_of.find(items[i].id);
    if (items[i].capability == Capability::unlabeled || found == row_of.end()) continue;
    const auto begin = static_cast<std::ptrdiff_t>(features.rows.begin[found->second]);
    const auto end = static_cast<std::ptrdiff_t>(features.rows.begin[found->second + 1]);
    rows.column.insert(rows.column.end(), features.rows.column.begin() + begin, features.rows.column.begin() + end);
    rows.value.insert(rows.value.end(), features.rows.value.begin() + begin, features.rows.value.begin() + end);
    rows.begin.push_back(rows.column.size());
    set.features.item_ids.push_back(items[i].id);
    set.labels.push_back(items[i].capability == Capability::reasoning);
    set.groups.push_back(groups[i]);
  }
  const auto reasoning = static_cast<std::size_t>(std::count(set.labels.begin(), set.labels.end(), true));
  if (reasoning < 2 || set.labels.size() - reasoning < 2) {
    return fail(ErrorCode::unsupported,
                fmt::format("{} items of understanding and {} of reasoning with features; two of each are the least",
                            set.labels.size() - reasoning, reasoning),
                {}, "name a benchmark whose items have expert labels (medxpertqa-mm, phantom)");
  }
  return set;
}

std::string training_hash(const TrainingSet& set) {
  Sha256 hash;
  hash.update_field(set.features.identity);
  for (std::size_t i = 0; i < set.labels.size(); ++i) {
    hash.update_field(set.features.item_ids[i]);
    hash.update_field(set.labels[i] ? "reasoning" : "understanding");
    const std::size_t begin = set.features.rows.begin[i];
    const std::size_t count = set.features.rows.begin[i + 1] - begin;
    hash.update_field(bytes_of(std::span<const std::uint32_t>(set.features.rows.column).subspan(begin, count)));
    hash.update_field(bytes_of(std::span<const float>(set.features.rows.value).subspan(begin, count)));
  }
  return hash.hex();
}

double Calibration::probability(double score) const {
  const double t = slope * score + intercept;
  return t >= 0.0 ? 1.0 / (1.0 + std::exp(-t)) : std::exp(t) / (1.0 + std::exp(t));
}

Calibration fit_calibration(std::span<const double> scores, const std::vector<bool>& labels,
                            std::span<const double> weight) {
  const auto weight_of = [&](std::size_t i) { return weight.empty() ? 1.0 : weight[i]; };
  double count[2] = {0.0, 0.0};
  for (std::size_t i = 0; i < scores.size(); ++i) count[labels[i] ? 1 : 0] += weight_of(i);
  const double high = (count[1] + 1.0) / (count[1] + 2.0);
  const double low = 1.0 / (count[0] + 2.0);
  Calibration fit{0.0, std::log((count[1] + 1.0) / (count[0] + 1.0))};
  const auto loss = [&](const Calibration& at) {
    double sum = 0.0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double t = at.slope * scores[i] + at.intercept;
      const double target = labels[i] ? high : low;
      sum += weight_of(i) * (std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t))) - target * t);
    }
    return sum;
  };
  double before = loss(fit);
  constexpr int kMostSteps = 50;
  for (int step = 0; step < kMostSteps; ++step) {
    // A little on the diagonal keeps the step defined where all scores are equal.
    double aa = 1e-9;
    double ab = 0.0;
    double bb = 1e-9;
    double ga = 0.0;
    double gb = 0.0;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const double p = fit.probability(scores[i]);
      const double v = weight_of(i) * p * (1.0 - p);
      const double residual = weight_of(i) * (p - (labels[i] ? high : low));
      aa += v * scores[i] * scores[i];
      ab += v * scores[i];
      bb += v;
      ga += residual * scores[i];
      gb += residual;
    }
    const double determinant = aa * bb - ab * ab;
    if (std::abs(ga) + std::abs(gb) < 1e-9 || determinant <= 0.0) break;
    const double da = -(bb * ga - ab * gb) / determinant;
    const double db = -(aa * gb - ab * ga) / determinant;
    double length = 1.0;
    Calibration next = fit;
    double after = before;
    for (int halvings = 0; halvings < 20; ++halvings, length /= 2.0) {
      next = {fit.slope + length * da, fit.intercept + length * db};
      after = loss(next);
      if (after < before) break;
    }
    if (after >= before) break;
    fit = next;
    const bool done = before - after < 1e-10 * (1.0 + before);
    before = after;
    if (done) break;
  }
  return fit;
}

Result<Classifier> train_classifier(const TrainingSet& set, std::span<const std::size_t> of,
                                    const TrainingOptions& options) {
  const Views views(set.features);
  const auto scores = held_out_scores(set, views, of, options);
  if (!scores) return pass(scores);
  std::vector<bool> labels;
  for (const std::size_t row : of) labels.push_back(set.labels[row]);
  Classifier classifier;
  classifier.identity = set.features.identity;
  classifier.counts = set.features.counts;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < options.costs.size(); ++c) {
    const auto calibration = fit_calibration((*scores)[c], labels);
    const double loss = log_loss(calibration, (*scores)[c], labels);
    if (loss >= least) continue;
    least = loss;
    classifier.calibration = calibration;
    classifier.cost = options.costs[c];
  }
  const auto reasoning = static_cast<double>(std::count(labels.begin(), labels.end(), true));
  classifier.threshold = reasoning / static_cast<double>(labels.size());
  Views::View view;
  views.look(of, view);
  classifier.weights = view.problem->fit(of, set.labels, classifier.cost);
  classifier.idf = std::move(view.idf);
  return classifier;
}

Result<std::vector<double>> probabilities(const Classifier& classifier, const Features& features) {
  if (classifier.identity != features.identity) {
    return fail(ErrorCode::mismatch,
                fmt::format("the classifier was trained on '{}', these features are '{}'", classifier.identity,
                            features.identity),
                {}, "label with the embedding that the classifier was trained on, or train another");
  }
  if (classifier.weights.weight.size() != features.rows.columns) {
    return fail(ErrorCode::mismatch, fmt::format("the classifier wants vectors of {} numbers, these have {}",
                                                 classifier.weights.weight.size(), features.rows.columns));
  }
  std::vector<double> result(features.rows.size());
  constexpr std::size_t kBlock = 256;
  for_each_index((result.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    const std::size_t end = std::min(result.size(), (block + 1) * kBlock);
    for (std::size_t row = block * kBlock; row < end; ++row) {
      result[row] = classifier.calibration.probability(score_raw(classifier, features.rows, row));
    }
  });
  return result;
}

}  // namespace osler::capability
