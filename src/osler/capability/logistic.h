#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "osler/capability/sparse_rows.h"

namespace osler::capability {

/// A linear score: the sum of weight times value, plus the intercept.
struct Weights {
  std::vector<double> weight;
  double intercept = 0.0;
};

/// Precondition: row < rows.size(), and a weight for each column.
[[nodiscard]] double score(const Weights& weights, const SparseRows& rows, std::size_t row);

/// Rows as LIBLINEAR wants them, built once and shared by all folds and threads.
class LogisticProblem {
 public:
  explicit LogisticProblem(const SparseRows& rows);
  ~LogisticProblem();
  LogisticProblem(const LogisticProblem&) = delete;
  LogisticProblem& operator=(const LogisticProblem&) = delete;

  /// L2-regularised logistic regression by LIBLINEAR's primal trust region method, which uses no chance:
  ///
  ///     min  |w|^2 / 2 + C sum_i c(y_i) ln(1 + exp(-y_i w x_i))
  ///
  /// with class weights c that let both classes count the same. R.-E. Fan et al. (2008), LIBLINEAR: a library for large
  /// linear classification, JMLR 9, 1871-1874. Starts at `start` if there is one.
  /// Preconditions: both labels occur among `of`; labels has an entry (reasoning or not) for each row.
  [[nodiscard]] Weights fit(std::span<const std::size_t> of, const std::vector<bool>& labels, double cost,
                            const Weights* start = nullptr) const;

 private:
  struct Nodes;
  std::unique_ptr<Nodes> nodes_;
};

}  // namespace osler::capability
