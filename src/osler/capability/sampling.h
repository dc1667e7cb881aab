#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/capability/labels.h"
#include "osler/core/error.h"

namespace osler::capability {

/// An item that a person is asked to label, and the stratum that it was drawn from.
struct SampledItem {
  std::string id = {};
  std::size_t stratum = 0;
  std::size_t stratum_items = 0;
};

/// Draws `n` items that a classifier labelled, as evenly as there are some from six strata: its two labels, each in
/// three parts of rising probability. Neither the strata's numbers nor the order say what was predicted, so that
/// whoever labels is not told. The same for the same seed. All items where there are not so many.
[[nodiscard]] std::vector<SampledItem> draw_sample(const LabelSet& labels, std::size_t n, std::uint64_t seed);

/// What a person says of an item.
struct HumanLabel {
  std::string id = {};
  Capability capability = Capability::unlabeled;  ///< Never unlabeled.
  std::string stratum = {};                       ///< Of the sample; empty if the item was not drawn.
  std::optional<double> stratum_items = {};
};

/// Sensitivity and specificity of a classifier's labels on this benchmark, from items that people labelled too: an item
/// stands for stratum_items / (labelled items of the stratum) items. Without strata the items count as drawn at random,
/// and each of the classifier's two labels is a stratum. Strata that hold fewer items than have that label stand for
/// all of them. Intervals are those of stats::errors_of_sample(). Labels of items without a prediction are passed over.
/// Fails with ErrorCode::unsupported where either class has no item: then one of the two is not known; with
/// ErrorCode::mismatch where the strata hold more items than the benchmark.
[[nodiscard]] Result<LabelQuality> quality_from_people(const LabelSet& labels, std::span<const HumanLabel> people);

}  // namespace osler::capability
