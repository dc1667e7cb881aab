#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "osler/stats/audit/table.h"

namespace osler::audit {

/// A number of items that a column may be shares of.
struct KnownSize {
  std::size_t benchmark = 0;
  std::size_t stratum = 0;
  std::uint64_t n = 0;
  std::string name = {};  ///< Of the row set, or where the number is from.
  bool given = false;     ///< The user says that it is this one.
};

/// How well one n explains a column.
struct SizeFit {
  std::uint64_t n = 0;
  std::string name = {};    ///< Of a known size, or empty.
  std::size_t rounded = 0;  ///< Values that are shares of n by rounding.
  std::size_t any = 0;      ///< Or by truncation.
  double by_chance = 0.0;   ///< How many of the column's values would fit by rounding if they had nothing to do with n.
  double p = 1.0;           ///< P(at least so many fit by rounding), binomial with the mean chance.
};

/// What a column's values say about its number of items.
struct ColumnSizes {
  std::size_t benchmark = 0;
  std::size_t stratum = 0;
  std::vector<std::size_t> cells = {};  ///< Of Table::cells, in order of the models.
  std::uint64_t searched = 0;           ///< Every n from 1 to this was tried; from 10^decimals on all fit.
  std::vector<SizeFit> known = {};      ///< By n.
  std::vector<SizeFit> likeliest = {};  ///< Of all n: at least half the values fit, p < 5% after Bonferroni; few.
  std::uint64_t least_of_all = 0;       ///< The least n of the search that all values fit, or 0.
  std::size_t count_of_all = 0;         ///< How many such n there are.
  /// Given; else the one that the table has for all its values; else the likeliest known that half the values fit, if
  /// p < 5% after Bonferroni; else of all.
  std::optional<SizeFit> taken = {};
  bool given = false;                                   ///< Whether the user or the table says `taken`.
  std::vector<std::optional<Fraction>> fractions = {};  ///< By cell, of `taken` or up to a third less.
};

inline constexpr std::uint64_t kSearchedItems = 10'000;

/// One for each benchmark and stratum that has values, in the table's order. `largest` bounds the search.
/// Every value is compared with every n, so time goes with cells * largest.
[[nodiscard]] std::vector<ColumnSizes> infer_sizes(const Grid& grid, std::span<const KnownSize> known,
                                                   std::uint64_t largest = kSearchedItems);

/// GRIM for the cells whose n is known for sure: their own, or a given one.
struct GrimCheck {
  std::size_t cell = 0;
  std::uint64_t n = 0;
  Fit found = {};
  std::optional<Fraction> smaller = {};  ///< Where it is not possible: of fewer items.
};
[[nodiscard]] std::vector<GrimCheck> check_grim(const Table& table, std::span<const ColumnSizes> columns);

/// How many items a cell is taken to be a share of: its own number, or that of its column; nullopt if not known.
[[nodiscard]] std::optional<std::uint64_t> items_of(const Table& table, std::span<const ColumnSizes> columns,
                                                    std::size_t cell);

}  // namespace osler::audit
