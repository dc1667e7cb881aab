#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace osler::stats {

/// Which cluster every item belongs to. The one place where names become clusters: whatever counts, resamples or
/// permutes clusters starts from this partition, so that all agree on how many there are.
struct Partition {
  std::vector<std::size_t> cluster_of;  ///< Per item, in 0 .. clusters - 1, by first appearance.
  std::size_t clusters = 0;
  std::size_t unnamed = 0;  ///< Items with an empty name; each is a cluster of its own.
};

/// Items with equal names share a cluster.
[[nodiscard]] Partition partition_by_name(std::span<const std::string_view> names);

/// How many different clusters occur, e.g. in a slice of a Partition.
[[nodiscard]] std::size_t count_clusters(std::span<const std::size_t> cluster_of);

}  // namespace osler::stats
