#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osler::report {

/// A figure of a published table.
struct PublishedFigure {
  std::string model = {};
  std::string benchmark = {};
  std::string stratum = {};  ///< "overall", "understanding" or "reasoning".
  double accuracy = 0.0;     ///< In [0, 1].
};

/// A published table, and what to call it beside our own figures.
struct PublishedTable {
  std::string name = {};
  std::string source = {};
  std::vector<PublishedFigure> figures = {};

  /// The figure of a model (by its name in the table) on a benchmark (by ours: "mmmu-medical:validation/mcq" is the
  /// table's "MMMU"): letters and digits of the table's name begin ours. Nothing where there is none.
  [[nodiscard]] std::optional<double> find(std::string_view model, std::string_view benchmark,
                                           std::string_view stratum) const;
};

}  // namespace osler::report
