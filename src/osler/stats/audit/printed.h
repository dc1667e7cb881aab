#pragma once

#include <cstdint>
#include <optional>

#include "osler/stats/interval.h"

namespace osler::audit {

/// Further decimals say nothing about counts of items; n * 10^9 still fits into 64 bits for every n below.
inline constexpr int kMaxDecimals = 9;
inline constexpr std::uint64_t kMaxItems = 1'000'000'000;
/// More answers than this are not looked for among the dropped ones: a table may claim a billion items for each value.
inline constexpr std::uint64_t kMostDropped = 10'000;

/// A proportion as a table prints it: units / 10^decimals. In per cent, "61.4" is 614 / 10^3.
/// 0 <= units <= 10^decimals, 0 <= decimals <= kMaxDecimals.
struct Printed {
  std::int64_t units = 0;
  int decimals = 0;

  friend bool operator==(const Printed&, const Printed&) = default;
};

/// 10^decimals.
[[nodiscard]] std::int64_t power_of_ten(int decimals);
[[nodiscard]] double value_of(Printed printed);

/// What a printed value may stand for when it was rounded to the nearest, in 1 / (2 * 10^kMaxDecimals): exact, so that
/// the edge of rounding is one. Both ends belong to it; truncated values that are compared with one another are covered
/// as well, as all of them are low by up to one unit.
struct Bounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
[[nodiscard]] Bounds rounding_bounds(Printed printed);
/// The same as proportions, cut to [0, 1].
[[nodiscard]] stats::Interval rounding_interval(Printed printed);

/// By which ways of writing k / n to these decimals the value comes out, and for which k.
/// Half up and half even differ only where k / n lies exactly between two values.
struct Fit {
  bool half_up = false;
  bool half_even = false;
  bool truncated = false;
  std::uint64_t rounded_k = 0;    ///< If half_up or half_even.
  std::uint64_t truncated_k = 0;  ///< If truncated.

  [[nodiscard]] bool rounded() const { return half_up || half_even; }
  [[nodiscard]] bool any() const { return rounded() || truncated; }
};

/// The GRIM test: is there a count k of right answers among n whose share is printed so? Where several k do, one of
/// them. N. J. L. Brown, J. A. J. Heathers (2017), The GRIM test, Social Psychological and Personality Science 8(4),
/// 363-369. Precondition: 1 <= n <= kMaxItems.
[[nodiscard]] Fit fit(Printed printed, std::uint64_t n);

/// The chance that a value that has nothing to do with n fits by one way of writing: min(1, (n + 1) / (10^d + 1)), the
/// share of the values of d decimals that counts among n reach.
[[nodiscard]] double chance_fit(Printed printed, std::uint64_t n);

/// k of n with n as large as possible but not above `n` and not below `least`: what a share can be of when answers that
/// could not be read were dropped. Rounding comes before truncation. At most kMostDropped + 1 sizes are tried.
struct Fraction {
  std::uint64_t k = 0;
  std::uint64_t n = 0;
  bool truncated = false;
};
[[nodiscard]] std::optional<Fraction> largest_fraction(Printed printed, std::uint64_t n, std::uint64_t least);

}  // namespace osler::audit
