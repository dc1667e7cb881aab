#include "osler/stats/chance.h"

namespace osler::stats {

std::optional<double> chance_level(std::span<const std::size_t> options) {
  if (options.empty()) return std::nullopt;
  double sum = 0.0;
  for (const std::size_t count : options) sum += count == 0 ? 0.0 : 1.0 / static_cast<double>(count);
  return sum / static_cast<double>(options.size());
}

std::optional<double> chance_corrected(double accuracy, double chance) {
  if (chance >= 1.0) return std::nullopt;
  return (accuracy - chance) / (1.0 - chance);
}

}  // namespace osler::stats
