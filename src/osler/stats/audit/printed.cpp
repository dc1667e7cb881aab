#include "osler/stats/audit/printed.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace osler::audit {
namespace {

/// Twice the distance of k / n from the printed value, in 1 / (n * 10^decimals): |2 k 10^d - 2 n units|, with its sign.
std::int64_t twice_distance(Printed printed, std::int64_t n, std::int64_t k) {
  return 2 * (k * power_of_ten(printed.decimals) - n * printed.units);
}

}  // namespace

std::int64_t power_of_ten(int decimals) {
  constexpr std::array<std::int64_t, kMaxDecimals + 1> kPowers{
      1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  assert(decimals >= 0 && decimals <= kMaxDecimals);
  return kPowers.at(static_cast<std::size_t>(decimals));
}

double value_of(Printed printed) {
  return static_cast<double>(printed.units) / static_cast<double>(power_of_ten(printed.decimals));
}

Bounds rounding_bounds(Printed printed) {
  const std::int64_t half = power_of_ten(kMaxDecimals - printed.decimals);
  return {2 * half * printed.units - half, 2 * half * printed.units + half};
}

stats::Interval rounding_interval(Printed printed) {
  const double half = 0.5 / static_cast<double>(power_of_ten(printed.decimals));
  return {std::max(0.0, value_of(printed) - half), std::min(1.0, value_of(printed) + half)};
}

Fit fit(Printed printed, std::uint64_t items) {
  assert(items >= 1 && items <= kMaxItems);
  const auto n = static_cast<std::int64_t>(items);
  const std::int64_t scale = power_of_ten(printed.decimals);
  Fit found;
  // Truncation: units <= k 10^d / n < units + 1, so the least k with k 10^d >= n units.
  const std::int64_t least = (n * printed.units + scale - 1) / scale;
  if (least <= n && least * scale < n * (printed.units + 1)) {
    found.truncated = true;
    found.truncated_k = static_cast<std::uint64_t>(least);
  }
  // Rounding: the nearest k is this one or the one before.
  std::int64_t nearest = least;
  if (nearest > n || (nearest > 0 && twice_distance(printed, n, nearest) > -twice_distance(printed, n, nearest - 1))) {
    --nearest;
  }
  const std::int64_t distance = twice_distance(printed, n, nearest);
  if (nearest < 0 || distance < -n || distance > n) return found;
  found.rounded_k = static_cast<std::uint64_t>(nearest);
  found.half_up = distance < n;
  found.half_even = (distance > -n && distance < n) || printed.units % 2 == 0;
  return found;
}

double chance_fit(Printed printed, std::uint64_t n) {
  return std::min(1.0, (static_cast<double>(n) + 1.0) / (static_cast<double>(power_of_ten(printed.decimals)) + 1.0));
}

std::optional<Fraction> largest_fraction(Printed printed, std::uint64_t n, std::uint64_t least) {
  std::optional<Fraction> truncated;
  const std::uint64_t last = std::max<std::uint64_t>({least, 1, n > kMostDropped ? n - kMostDropped : 1});
  for (std::uint64_t size = n; size >= last; --size) {
    const Fit found = fit(printed, size);
    if (found.rounded()) return Fraction{found.rounded_k, size, false};
    if (found.truncated && !truncated) truncated = Fraction{found.truncated_k, size, true};
    // Only where the whole size was meant: further down, rounding is the likelier way.
    if (truncated && truncated->n == n) return truncated;
  }
  return truncated;
}

}  // namespace osler::audit
