#pragma once

#include <cstdint>

#include "osler/capability/training.h"
#include "osler/stats/random.h"

namespace osler::capability::test {

/// Vectors of which the first number tells the class as far as `signal` goes; groups of up to three items.
struct Simulated {
  Features features;
  TrainingData data;

  Simulated(std::size_t items, double signal, std::uint64_t seed) {
    constexpr std::size_t kDimensions = 8;
    stats::Random random(seed);
    features.identity = "simulated";
    features.dimensions = kDimensions;
    for (std::size_t i = 0; i < items; ++i) {
      features.item_ids.push_back("item-" + std::to_string(i));
      const bool reasoning = random.uniform() < 0.7;
      data.truth.push_back(reasoning ? 1 : 0);
      data.groups.group_of.push_back(i / 3);
      for (std::size_t d = 0; d < kDimensions; ++d) {
        const double noise = random.uniform() + random.uniform() + random.uniform() - 1.5;
        features.dense.push_back(static_cast<float>(noise + (d == 0 && reasoning ? signal : 0.0) + 5.0));
      }
    }
    data.groups.groups = (items + 2) / 3;
    data.features = &features;
  }
  Simulated(const Simulated&) = delete;
  Simulated& operator=(const Simulated&) = delete;
};

}  // namespace osler::capability::test
