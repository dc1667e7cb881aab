#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "osler/capability/features.h"

namespace osler::capability {

/// A linear decision: the sum of weights times numbers, plus the offset. Above 0 it says 1.
struct LinearModel {
  std::vector<double> weights = {};
  double offset = 0.0;

  [[nodiscard]] double decision(std::span<const Term> row) const {
    double sum = offset;
    for (const auto& term : row) sum += weights[term.column] * static_cast<double>(term.value);
    return sum;
  }
};

/// Rows as LIBLINEAR takes them, 16 bytes a number.
class DesignMatrix {
 public:
  /// The rows after preprocessing, in the order of `rows`.
  DesignMatrix(const Features& features, std::span<const std::size_t> rows, const Preprocessing& preprocessing);
  ~DesignMatrix();
  DesignMatrix(DesignMatrix&&) noexcept;
  DesignMatrix& operator=(DesignMatrix&&) noexcept;

  [[nodiscard]] std::size_t rows() const;
  [[nodiscard]] std::size_t columns() const;

 private:
  friend std::vector<LinearModel> fit_path(const DesignMatrix& matrix, std::span<const std::uint8_t> truth,
                                           std::span<const double> penalties);
  struct Nodes;
  std::unique_ptr<Nodes> nodes_;
};

/// L2-regularised logistic regression for each of the penalties C, which rise:
///
///     min over w of  w.w / 2  +  C sum_i c_i ln(1 + exp(-y_i (w.x_i + b)))
///
/// with y = +1 or -1 and c_i = n / (2 n_y), so that both classes count alike however many each has; the offset b is
/// regularised with the weights. By LIBLINEAR's trust region Newton method, each C from the solution of the one before.
/// C.-J. Lin, R. C. Weng, S. S. Keerthi (2008), Trust region Newton method for large-scale logistic regression, JMLR 9,
/// 627-650; R.-E. Fan et al. (2008), LIBLINEAR, JMLR 9, 1871-1874. Nothing in it is random.
/// Preconditions: one truth (0 or 1) for each row, both occur, penalties are positive.
[[nodiscard]] std::vector<LinearModel> fit_path(const DesignMatrix& matrix, std::span<const std::uint8_t> truth,
                                                std::span<const double> penalties);

/// Probability of a decision value f: 1 / (1 + exp(-(slope f + offset))).
struct PlattScale {
  double slope = 1.0;
  double offset = 0.0;

  [[nodiscard]] double probability(double decision) const;
};

/// Fitted by Newton's method on the log loss, with the targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) in place of 1 and
/// 0. The decisions must be of rows that the models did not see. J. Platt (1999), Probabilistic outputs for support
/// vector machines; H.-T. Lin, C.-J. Lin, R. C. Weng (2007), A note on Platt's probabilistic outputs for support vector
/// machines, Machine Learning 68, 267-276. A slope below 0 (decisions that are worse than none) becomes 0.
/// Precondition: the spans have equal size, and are not empty.
[[nodiscard]] PlattScale fit_platt(std::span<const double> decisions, std::span<const std::uint8_t> truth);

/// Slope and offset of a logistic regression of truth on x without regularisation, with the covariance of the two that
/// counts clusters (sandwich, as in stats::clustered_error).
struct LogisticLine {
  double slope = 0.0;
  double offset = 0.0;
  double slope_error = 0.0;  ///< Standard error.
};
/// nullopt where it does not converge (x parts the truths), or with fewer than two clusters.
[[nodiscard]] std::optional<LogisticLine> fit_line(std::span<const double> x, std::span<const std::uint8_t> truth,
                                                   std::span<const std::size_t> cluster_of);

}  // namespace osler::capability
