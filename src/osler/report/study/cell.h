#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "osler/report/study/grid.h"
#include "osler/stats/bootstrap.h"
#include "osler/stats/calibration.h"
#include "osler/stats/interval.h"
#include "osler/stats/selective.h"

namespace osler::report {

/// The parts of a benchmark that the tables are of.
inline constexpr std::array<std::string_view, 3> kStrata = {"overall", "understanding", "reasoning"};

/// The items of a stratum: indices into StudyItems.
[[nodiscard]] std::vector<std::size_t> members_of(const StudyItems& items, std::size_t stratum);

/// The accuracy of who draws an option at random on these items; nothing where the options of one of them are not
/// known, or without items.
[[nodiscard]] std::optional<double> chance_of(const StudyItems& items, std::span<const std::size_t> members);

/// A share or a difference of shares, with its interval at kConfidence.
struct Estimate {
  double value = 0.0;
  std::optional<double> standard_error = {};     ///< Clustered by image; needs two clusters.
  std::optional<stats::Interval> interval = {};  ///< None where no variation between clusters was seen.
};

/// What controls say about a model on a stratum of a benchmark. Items are paired; errors are clustered by image.
struct ControlFigures {
  std::optional<Estimate> blind = {};            ///< Accuracy without the image.
  std::optional<Estimate> visual_reliance = {};  ///< Accuracy minus blind.
  std::optional<Estimate> shuffled = {};         ///< Accuracy with another item's image.
  /// Share of items whose answer is another one with another item's image; an answer and none are different.
  std::optional<Estimate> image_sensitivity = {};
  std::size_t reordered = 0;                 ///< Items that were asked in other orders of their options.
  std::optional<Estimate> all_orders = {};   ///< Mean accuracy over all cyclic orders, of these items.
  std::optional<Estimate> consistency = {};  ///< Share of them with one and the same answer in all orders.
};

/// How far the model's confidence in its answers is to be believed, over the items of which it is known.
struct ConfidenceFigures {
  std::size_t n = 0;
  double accuracy = 0.0;  ///< Of these items.
  double mean = 0.0;      ///< Of the confidence.
  double ece = 0.0;       ///< Bins of equal mass, see stats::calibration_error().
  double debiased = 0.0;
  stats::BrierScore brier = {};
  double recalibrated = 0.0;  ///< The debiased error at a temperature that was fitted on other images.
  double area_under_risk = 0.0;
  double coverage_at_5 = 0.0;  ///< The share that may be answered with an error of at most 5%.
  double coverage_at_10 = 0.0;
  std::vector<stats::CalibrationBin> bins = {};  ///< For a plot; so is the curve.
  std::vector<stats::RiskPoint> curve = {};      ///< A hundred points at most.
};

struct CellFigures {
  std::size_t n = 0;
  std::size_t clusters = 0;
  bool finished = false;
  Estimate accuracy = {};                       ///< Whatever is not correct counts as not correct.
  double parse_rate = 0.0;                      ///< An answer was read.
  std::optional<double> chance = {};            ///< Mean of 1 / options; none where the options are not known.
  std::optional<double> chance_corrected = {};  ///< (accuracy - chance) / (1 - chance).
  /// Cluster bootstrap, BCa, of accuracy; none where clusters do not differ.
  std::optional<stats::Interval> bootstrap = {};
  ControlFigures controls = {};
  std::optional<ConfidenceFigures> confidence = {};  ///< None where it is known of less than half the items.
};

inline constexpr std::uint64_t kBootstrapSeed = 1;
inline constexpr std::size_t kReplicates = 10'000;

/// Accuracy and what belongs to it, without bootstrap, controls and confidence.
[[nodiscard]] std::optional<CellFigures> accuracy_of(const StudyItems& items, const StudyCell& cell,
                                                     std::span<const std::size_t> members);

/// The clusters of these items with their scores, for a bootstrap.
[[nodiscard]] std::vector<stats::ClusterShape> shapes_of(const StudyItems& items, const StudyCell& cell,
                                                         std::span<const std::size_t> members);

/// The figures of a cell over these items of it; nothing if none of them is graded.
[[nodiscard]] std::optional<CellFigures> figures_of(const StudyItems& items, const StudyCell& cell,
                                                    std::span<const std::size_t> members);

/// A mean of values in clusters. The interval is cut to [low, high].
[[nodiscard]] Estimate estimate(std::span<const double> values, std::span<const std::size_t> cluster_of, double low,
                                double high);

}  // namespace osler::report
