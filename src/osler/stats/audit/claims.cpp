#include "osler/stats/audit/claims.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace osler::audit {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

struct Sides {
  std::size_t lower = 0;
  std::size_t higher = 0;
};

std::optional<Sides> find_sides(const std::vector<std::string>& names, const Claim& claim) {
  const auto lower = std::ranges::find(names, claim.lower);
  const auto higher = std::ranges::find(names, claim.higher);
  if (lower == names.end() || higher == names.end()) return std::nullopt;
  return Sides{static_cast<std::size_t>(lower - names.begin()), static_cast<std::size_t>(higher - names.begin())};
}

using CellPair = std::pair<const Cell*, const Cell*>;  // lower, higher

/// The pairs of cells that differ in the sides only.
std::vector<CellPair> pairs_of(const Grid& grid, ClaimAbout about, Sides sides) {
  const Table& table = grid.table();
  std::vector<CellPair> pairs;
  const auto add = [&](const Cell* lower, const Cell* higher) {
    if (lower != nullptr && higher != nullptr) pairs.emplace_back(lower, higher);
  };
  const std::size_t all = grid.overall();
  for (std::size_t model = 0; about != ClaimAbout::models && model < table.models.size(); ++model) {
    if (about == ClaimAbout::benchmarks) add(grid.at(model, sides.lower, all), grid.at(model, sides.higher, all));
    for (std::size_t b = 0; about == ClaimAbout::strata && b < table.benchmarks.size(); ++b) {
      add(grid.at(model, b, sides.lower), grid.at(model, b, sides.higher));
    }
  }
  for (std::size_t b = 0; about == ClaimAbout::models && b < table.benchmarks.size(); ++b) {
    add(grid.at(sides.lower, b, all), grid.at(sides.higher, b, all));
  }
  return pairs;
}

}  // namespace

Result<Claim> parse_claim(std::string_view text) {
  const auto sign = text.find_first_of("<>");
  const bool one = sign != std::string_view::npos && text.find_first_of("<>", sign + 1) == std::string_view::npos;
  Claim claim;
  if (one) {
    claim.lower = trimmed(text.substr(0, sign));
    claim.higher = trimmed(text.substr(sign + 1));
    if (text[sign] == '>') std::swap(claim.lower, claim.higher);
  }
  if (claim.lower.empty() || claim.higher.empty() || claim.lower == claim.higher) {
    return fail(ErrorCode::usage, "'" + std::string(text) + "' is not a claim", {},
                "write A < B or A > B, of two strata, models or benchmarks of the table");
  }
  return claim;
}

Result<ClaimCheck> check_claim(const Grid& grid, const Claim& claim) {
  const Table& table = grid.table();
  ClaimCheck check{.claim = claim};
  auto sides = find_sides(table.strata, claim);
  if (!sides) {
    sides = find_sides(table.models, claim);
    check.about = ClaimAbout::models;
  }
  if (!sides) {
    sides = find_sides(table.benchmarks, claim);
    check.about = ClaimAbout::benchmarks;
  }
  const auto pairs = sides ? pairs_of(grid, check.about, *sides) : std::vector<CellPair>{};
  if (pairs.empty()) {
    return fail(ErrorCode::usage, "the table has nothing to hold '" + claim.lower + " < " + claim.higher + "' against",
                {}, "name two of its strata, models or benchmarks as the table writes them");
  }
  std::vector<std::size_t> holding;
  std::vector<std::size_t> reversing;
  for (const auto& [lower, higher] : pairs) {
    const auto cell = static_cast<std::size_t>(higher - table.cells.data());
    const auto low = rounding_bounds(lower->value);
    const auto high = rounding_bounds(higher->value);
    const auto twice_difference = (high.low + high.high) - (low.low + low.high);
    check.mean_difference += (value_of(higher->value) - value_of(lower->value)) / static_cast<double>(pairs.size());
    if (twice_difference > 0) holding.push_back(cell);
    if (twice_difference < 0) reversing.push_back(cell);
  }
  check.holds = holding.size();
  check.reversed = reversing.size();
  check.equal = pairs.size() - holding.size() - reversing.size();
  check.against = check.supported() ? std::move(reversing) : std::move(holding);
  return check;
}

}  // namespace osler::audit
