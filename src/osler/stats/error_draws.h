#pragma once

#include <vector>

#include "osler/stats/label_errors.h"
#include "osler/stats/random.h"

/// How the errors of a labeller vary, as draws.
namespace osler::stats {

/// Standard normal numbers, two at a time. G. E. P. Box, M. E. Muller (1958), Annals of Mathematical Statistics 29.
class Normals {
 public:
  explicit Normals(Random random) : random_(random) {}
  double operator()();
  /// In (0, 1].
  double uniform() { return 1.0 - random_.uniform(); }

 private:
  Random random_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

struct ErrorDraw {
  double sensitivity = 0.0;
  double specificity = 0.0;
};

/// What a sample says of all items that it was drawn from: in each stratum the share of positive items from a beta
/// distribution with k + 1/3 and n - k + 1/3 (the prior that is neutral between the sides: J. Kerman (2011), Electronic
/// Journal of Statistics 5, 1450-1470), and so many of the items that were not checked. A stratum of which all was
/// checked does not vary. Where a class has no item in a draw, its share is one half.
[[nodiscard]] ErrorDraw draw_errors(const std::vector<CheckedStratum>& strata, Normals& normal);

/// Draws of both shares: of a sample as above; else from logit-normal distributions, see corrected_means().
class ErrorDraws {
 public:
  /// The errors must outlive this.
  explicit ErrorDraws(const LabelErrors& errors);
  [[nodiscard]] ErrorDraw draw(Normals& normal) const;

 private:
  /// A share on the logit scale.
  struct LogitShare {
    LogitShare(double share, double trials);
    [[nodiscard]] double at(double normal) const;
    double centre = 0.0;
    double deviation = 0.0;
  };

  const LabelErrors& errors_;
  LogitShare sensitivity_;
  LogitShare specificity_;
};

}  // namespace osler::stats
