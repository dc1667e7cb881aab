#include "osler/capability/logistic.h"

#include <linear.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <map>
#include <utility>

namespace osler::capability {
namespace {

struct FreeModel {
  void operator()(model* trained) const { free_and_destroy_model(&trained); }
};
using Trained = std::unique_ptr<model, FreeModel>;

void silence() {
  // A pointer of the whole library: set once, before any thread trains.
  static const bool once = [] {
    set_print_string_function([](const char*) {});
    return true;
  }();
  static_cast<void>(once);
}

double sigmoid(double x) { return x >= 0.0 ? 1.0 / (1.0 + std::exp(-x)) : std::exp(x) / (1.0 + std::exp(x)); }

/// Log loss of a target in [0, 1] at the log odds z, without overflow.
double loss(double target, double z) { return std::max(z, 0.0) - target * z + std::log1p(std::exp(-std::abs(z))); }

/// Gradient and curvature of the log loss of slope and offset.
struct Newton {
  std::array<double, 2> gradient{};
  double aa = 0.0, ab = 0.0, bb = 0.0;

  Newton(std::span<const double> x, std::span<const double> targets, const PlattScale& at, double ridge)
      : aa(ridge), bb(ridge) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double p = sigmoid(at.slope * x[i] + at.offset);
      const double weight = p * (1.0 - p);
      gradient[0] += (p - targets[i]) * x[i];
      gradient[1] += p - targets[i];
      aa += weight * x[i] * x[i];
      ab += weight * x[i];
      bb += weight;
    }
  }
  [[nodiscard]] double determinant() const { return aa * bb - ab * ab; }
  /// The inverse curvature times a vector.
  [[nodiscard]] std::array<double, 2> solve(const std::array<double, 2>& right) const {
    const double det = determinant();
    return {(bb * right[0] - ab * right[1]) / det, (aa * right[1] - ab * right[0]) / det};
  }
};

double total_loss(std::span<const double> x, std::span<const double> targets, const PlattScale& at) {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += loss(targets[i], at.slope * x[i] + at.offset);
  return sum;
}

/// False if it does not come to rest.
bool minimise(std::span<const double> x, std::span<const double> targets, double ridge, PlattScale& at) {
  constexpr int kMostSteps = 100;
  double now = total_loss(x, targets, at);
  for (int step = 0; step < kMostSteps; ++step) {
    const Newton newton(x, targets, at, ridge);
    if (newton.determinant() <= 0.0) return false;
    const auto move = newton.solve(newton.gradient);
    // What a step would gain is below what rounding leaves of the loss: the last step is taken unseen.
    const double gain = newton.gradient[0] * move[0] + newton.gradient[1] * move[1];
    if (gain <= 1e-12 * std::max(1.0, now)) {
      at = {at.slope - move[0], at.offset - move[1]};
      return true;
    }
    double length = 1.0;
    PlattScale next;
    double there = 0.0;
    do {
      next = {at.slope - length * move[0], at.offset - length * move[1]};
      there = total_loss(x, targets, next);
      length /= 2.0;
    } while (!(there <= now) && length > 1e-10);
    if (!(there <= now)) return true;  // as far down as rounding lets it
    at = next;
    now = there;
  }
  return false;
}

}  // namespace

struct DesignMatrix::Nodes {
  std::vector<feature_node> nodes;
  std::vector<std::size_t> row_begin;
  std::size_t columns = 0;
};

DesignMatrix::DesignMatrix(const Features& features, std::span<const std::size_t> rows,
                           const Preprocessing& preprocessing)
    : nodes_(std::make_unique<Nodes>()) {
  Nodes& made = *nodes_;
  made.columns = preprocessing.columns();
  const int offset_column = static_cast<int>(made.columns) + 1;
  if (!preprocessing.is_text()) made.nodes.reserve(rows.size() * (made.columns + 2));
  std::vector<Term> terms;
  for (const auto row : rows) {
    made.row_begin.push_back(made.nodes.size());
    preprocessing.apply(features, row, terms);
    for (const auto& term : terms) {
      made.nodes.push_back({static_cast<int>(term.column) + 1, static_cast<double>(term.value)});
    }
    made.nodes.push_back({offset_column, 1.0});
    made.nodes.push_back({-1, 0.0});
  }
}

DesignMatrix::~DesignMatrix() = default;
DesignMatrix::DesignMatrix(DesignMatrix&&) noexcept = default;
DesignMatrix& DesignMatrix::operator=(DesignMatrix&&) noexcept = default;

std::size_t DesignMatrix::rows() const { return nodes_->row_begin.size(); }
std::size_t DesignMatrix::columns() const { return nodes_->columns; }

std::vector<LinearModel> fit_path(const DesignMatrix& matrix, std::span<const std::uint8_t> truth,
                                  std::span<const double> penalties) {
  assert(truth.size() == matrix.rows());
  silence();
  auto& nodes = *matrix.nodes_;
  std::vector<feature_node*> rows;
  std::vector<double> targets;
  std::array<double, 2> counts{};
  for (std::size_t i = 0; i < truth.size(); ++i) {
    rows.push_back(&nodes.nodes[nodes.row_begin[i]]);
    targets.push_back(truth[i] == 1 ? 1.0 : -1.0);
    ++counts.at(truth[i]);
  }
  assert(counts[0] > 0 && counts[1] > 0);
  const double n = static_cast<double>(truth.size());
  std::array<int, 2> classes{1, -1};
  std::array<double, 2> weights{n / (2.0 * counts[1]), n / (2.0 * counts[0])};
  problem data{};
  data.l = static_cast<int>(truth.size());
  data.n = static_cast<int>(nodes.columns) + 1;
  data.y = targets.data();
  data.x = rows.data();
  data.bias = 1.0;
  parameter wanted{};
  wanted.solver_type = L2R_LR;
  wanted.eps = 0.01;
  wanted.nr_weight = 2;
  wanted.weight_label = classes.data();
  wanted.weight = weights.data();
  std::vector<LinearModel> path;
  std::vector<double> start;
  for (const double penalty : penalties) {
    wanted.C = penalty;
    wanted.init_sol = start.empty() ? nullptr : start.data();
    const Trained trained(train(&data, &wanted));
    // LIBLINEAR puts +1 first whenever the labels are +1 and -1, so a decision above 0 means 1.
    const std::span<const double> solution(trained->w, nodes.columns + 1);
    start.assign(solution.begin(), solution.end());
    path.push_back({{solution.begin(), solution.end() - 1}, solution.back()});
  }
  return path;
}

double PlattScale::probability(double decision) const { return sigmoid(slope * decision + offset); }

PlattScale fit_platt(std::span<const double> decisions, std::span<const std::uint8_t> truth) {
  const auto ones = static_cast<double>(std::ranges::count(truth, 1));
  const double zeros = static_cast<double>(truth.size()) - ones;
  std::vector<double> targets;
  targets.reserve(truth.size());
  for (const auto label : truth) targets.push_back(label == 1 ? (ones + 1.0) / (ones + 2.0) : 1.0 / (zeros + 2.0));
  const double prior = std::log((ones + 1.0) / (zeros + 1.0));
  PlattScale scale{0.0, prior};
  minimise(decisions, targets, 1e-12, scale);
  if (scale.slope > 0.0) return scale;
  return {0.0, prior};
}

std::optional<LogisticLine> fit_line(std::span<const double> x, std::span<const std::uint8_t> truth,
                                     std::span<const std::size_t> cluster_of) {
  const std::vector<double> targets(truth.begin(), truth.end());
  PlattScale fitted{1.0, 0.0};
  if (!minimise(x, targets, 0.0, fitted)) return std::nullopt;
  const Newton curvature(x, targets, fitted, 0.0);
  if (curvature.determinant() <= 1e-12) return std::nullopt;
  std::map<std::size_t, std::array<double, 2>> sums;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = sigmoid(fitted.slope * x[i] + fitted.offset) - targets[i];
    auto& sum = sums[cluster_of[i]];
    sum[0] += residual * x[i];
    sum[1] += residual;
  }
  double squares = 0.0;
  for (const auto& [cluster, sum] : sums) {
    const double influence = curvature.solve(sum)[0];
    squares += influence * influence;
  }
  const double clusters = static_cast<double>(sums.size());
  if (clusters < 2.0) return std::nullopt;
  return LogisticLine{fitted.slope, fitted.offset, std::sqrt(squares * clusters / (clusters - 1.0))};
}

}  // namespace osler::capability
