#include "osler/capability/logistic.h"

#include <linear.h>

#include <array>
#include <mutex>

namespace osler::capability {
namespace {

struct FreeModel {
  void operator()(model* held) const { free_and_destroy_model(&held); }
};

/// LIBLINEAR prints its progress by a function that all threads share.
void silence() {
  static std::once_flag once;
  std::call_once(once, [] { set_print_string_function([](const char*) {}); });
}

}  // namespace

struct LogisticProblem::Nodes {
  std::size_t columns = 0;
  std::vector<feature_node> all;
  std::vector<std::size_t> begin;
};

LogisticProblem::LogisticProblem(const SparseRows& rows) : nodes_(std::make_unique<Nodes>()) {
  nodes_->columns = rows.columns;
  nodes_->all.reserve(rows.column.size() + 2 * rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    nodes_->begin.push_back(nodes_->all.size());
    for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
      nodes_->all.push_back({static_cast<int>(rows.column[i]) + 1, static_cast<double>(rows.value[i])});
    }
    nodes_->all.push_back({static_cast<int>(rows.columns) + 1, 1.0});
    nodes_->all.push_back({-1, 0.0});
  }
}

LogisticProblem::~LogisticProblem() = default;

Weights LogisticProblem::fit(std::span<const std::size_t> of, const std::vector<bool>& labels, double cost,
                             const Weights* start) const {
  silence();
  std::vector<feature_node*> x;
  std::vector<double> y;
  std::size_t positives = 0;
  for (const std::size_t row : of) {
    x.push_back(nodes_->all.data() + nodes_->begin[row]);
    y.push_back(labels[row] ? 1.0 : -1.0);
    if (labels[row]) ++positives;
  }
  const auto half = static_cast<double>(of.size()) / 2.0;
  std::array<int, 2> classes{1, -1};
  std::array<double, 2> class_weights{half / static_cast<double>(positives),
                                      half / static_cast<double>(of.size() - positives)};
  std::vector<double> initial;
  if (start != nullptr) {
    initial = start->weight;
    initial.push_back(start->intercept);
  }
  parameter options{};
  options.solver_type = L2R_LR;
  options.eps = 0.01;
  options.C = cost;
  options.nr_weight = 2;
  options.weight_label = classes.data();
  options.weight = class_weights.data();
  options.init_sol = start != nullptr ? initial.data() : nullptr;
  problem task{};
  task.l = static_cast<int>(of.size());
  task.n = static_cast<int>(nodes_->columns) + 1;
  task.y = y.data();
  task.x = x.data();
  task.bias = 1.0;
  const std::unique_ptr<model, FreeModel> fitted(train(&task, &options));
  Weights weights;
  weights.weight.reserve(nodes_->columns);
  for (std::size_t i = 0; i < nodes_->columns; ++i) {
    weights.weight.push_back(get_decfun_coef(fitted.get(), static_cast<int>(i) + 1, 0));
  }
  weights.intercept = get_decfun_bias(fitted.get(), 0);
  return weights;
}

double score(const Weights& weights, const SparseRows& rows, std::size_t row) {
  double sum = weights.intercept;
  for (std::size_t i = rows.begin[row]; i < rows.begin[row + 1]; ++i) {
    sum += weights.weight[rows.column[i]] * static_cast<double>(rows.value[i]);
  }
  return sum;
}

}  // namespace osler::capability
