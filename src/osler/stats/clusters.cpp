#include "osler/stats/clusters.h"

#include <algorithm>
#include <unordered_map>

namespace osler::stats {

Partition partition_by_name(std::span<const std::string_view> names) {
  Partition partition;
  partition.cluster_of.reserve(names.size());
  std::unordered_map<std::string_view, std::size_t> numbers;
  for (const auto name : names) {
    std::size_t number = partition.clusters;
    if (name.empty()) {
      ++partition.unnamed;
      ++partition.clusters;
    } else {
      const auto [found, fresh] = numbers.try_emplace(name, partition.clusters);
      if (fresh) ++partition.clusters;
      number = found->second;
    }
    partition.cluster_of.push_back(number);
  }
  return partition;
}

std::size_t count_clusters(std::span<const std::size_t> cluster_of) {
  std::vector<std::size_t> sorted(cluster_of.begin(), cluster_of.end());
  std::sort(sorted.begin(), sorted.end());
  return static_cast<std::size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
}

}  // namespace osler::stats
