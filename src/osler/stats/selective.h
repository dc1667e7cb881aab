#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// What a model is worth that may pass on the questions of which it is least sure.
namespace osler::stats {

/// A share of the items that is answered, the surest first, and the error among them.
struct RiskPoint {
  double coverage = 0.0;
  double risk = 0.0;
};

/// One point for every distinct confidence, in rising coverage: items of equal confidence come or stay together.
/// `correct` may be a score in [0, 1]. R. El-Yaniv, Y. Wiener (2010), On the foundations of noise-free selective
/// classification, JMLR 11, 1605-1641. Preconditions: the spans have equal size, no value is NaN.
[[nodiscard]] std::vector<RiskPoint> risk_coverage(std::span<const double> confidence, std::span<const double> correct);

/// Area under the risk-coverage curve: the mean over the items of the risk at which each comes in; within equal
/// confidence every order is as likely, which comes to the straight line in risk times coverage between the points.
/// Y. Geifman, G. Uziel, R. El-Yaniv (2019), Bias-reduced uncertainty estimation for deep neural classifiers, ICLR.
/// nullopt without items.
[[nodiscard]] std::optional<double> area_under_risk(std::span<const double> confidence,
                                                    std::span<const double> correct);

/// The largest coverage whose risk is at most `risk`; 0 where there is none.
[[nodiscard]] double coverage_at_risk(std::span<const RiskPoint> curve, double risk);

}  // namespace osler::stats
