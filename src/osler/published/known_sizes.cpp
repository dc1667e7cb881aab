#include "osler/published/known_sizes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "osler/dataset/catalog.h"
#include "osler/published/records.h"

namespace osler::published {
namespace {

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : lower_case(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += c;
  }
  return letters;
}

/// The only card that the table can mean, or "".
std::string card_of(std::string_view benchmark, const std::vector<std::string>& cards) {
  constexpr std::size_t kShortest = 3;
  const auto wanted = letters_of(benchmark);
  std::string found;
  if (wanted.size() < kShortest) return found;
  for (const auto& card : cards) {
    const auto name = letters_of(card);
    if (!name.starts_with(wanted) && !wanted.starts_with(name)) continue;
    if (!found.empty()) return {};
    found = card;
  }
  return found;
}

/// Collects sizes of one benchmark, each n of a stratum once with the name that came first.
class Collector {
 public:
  Collector(const audit::Table& table, std::size_t benchmark) : table_(table), benchmark_(benchmark) {}

  void add(const std::string& stratum, std::uint64_t n, const std::string& name) {
    const auto at = std::ranges::find_if(table_.strata, [&](const std::string& own) {
      return stratum.empty() ? audit::names_all_items(own) : lower_case(own) == stratum;
    });
    if (at == table_.strata.end() || n == 0 || n > audit::kMaxItems) return;
    const auto index = static_cast<std::size_t>(at - table_.strata.begin());
    found_.try_emplace({index, n}, audit::KnownSize{.benchmark = benchmark_, .stratum = index, .n = n, .name = name});
  }

  [[nodiscard]] const auto& found() const { return found_; }

 private:
  const audit::Table& table_;
  std::size_t benchmark_;
  std::map<std::pair<std::size_t, std::uint64_t>, audit::KnownSize> found_;
};

void add_expectations(const Card& card, Collector& sizes) {
  for (const auto& form : card.forms) {
    for (const auto& [split, expected] : form.expect) {
      if (std::ranges::find(card.training_splits, split) != card.training_splits.end()) continue;
      const auto row_set = fmt::format("{}:{}", card.name, split);
      if (expected.items) sizes.add("", *expected.items, row_set);
      for (const auto& [subset, n] : expected.subsets) sizes.add("", n, fmt::format("{}/{}", row_set, subset));
      for (const auto& [kind, n] : expected.kinds) sizes.add("", n, fmt::format("{}, {}", row_set, kind));
      for (const auto& [capability, n] : expected.capabilities) {
        sizes.add(capability, n, fmt::format("{}, {}", row_set, capability));
      }
    }
  }
}

/// Names without regard to case; of two that are the same so, the first.
std::map<std::string, std::size_t> indices_of(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> indices;
  for (std::size_t i = 0; i < names.size(); ++i) indices.emplace(lower_case(names[i]), i);
  return indices;
}

}  // namespace

Result<std::vector<audit::KnownSize>> sizes_of_cards(const audit::Table& table) {
  std::vector<audit::KnownSize> sizes;
  const auto names = benchmark_names();
  std::map<std::string, Card> cards;  // A table may call hundreds of columns after one.
  for (std::size_t benchmark = 0; benchmark < table.benchmarks.size(); ++benchmark) {
    const auto name = card_of(table.benchmarks[benchmark], names);
    if (name.empty()) continue;
    auto card = cards.find(name);
    if (card == cards.end()) {
      auto read = find_card(name);
      if (!read) return pass(read);
      card = cards.emplace(name, std::move(*read)).first;
    }
    Collector found(table, benchmark);
    add_expectations(card->second, found);
    for (const auto& [key, size] : found.found()) sizes.push_back(size);
  }
  return sizes;
}

Result<std::vector<audit::KnownSize>> read_sizes(std::string text, const std::string& file, const audit::Table& table) {
  const auto records = read_records(std::move(text), file);
  if (!records) return pass(records);
  const auto benchmark = records->find({"benchmark", "dataset"});
  const auto n = records->find({"n", "items", "count"});
  const auto stratum = records->find({"stratum", "split", "subset", "capability"});
  if (benchmark == records->columns.size() || n == records->columns.size()) {
    return fail(ErrorCode::malformed, "needs the columns benchmark and n", {file, 1}, "and perhaps stratum");
  }
  const auto benchmarks = indices_of(table.benchmarks);
  const auto strata = indices_of(table.strata);
  std::vector<audit::KnownSize> sizes;
  for (const auto& row : records->rows) {
    const auto wanted = stratum == records->columns.size() ? std::string() : lower_case(row.cells[stratum].text);
    const auto column = benchmarks.find(lower_case(row.cells[benchmark].text));
    const auto part = strata.find(audit::names_all_items(wanted) ? "overall" : wanted);
    if (column == benchmarks.end() || part == strata.end()) {
      return fail(
          ErrorCode::mismatch,
          fmt::format("the table has no such benchmark or stratum: '{}' '{}'", row.cells[benchmark].text, wanted),
          {file, row.line}, fmt::format("its benchmarks: {}", fmt::join(table.benchmarks, ", ")));
    }
    const auto& items = row.cells[n];
    const bool whole = items.kind == CellKind::number && items.number.decimals == 0 && !items.number.percent;
    if (!whole || items.number.digits < 1) {
      return fail(ErrorCode::malformed, fmt::format("'{}' is not a number of items", items.text.substr(0, 40)),
                  {file, row.line}, "write a whole number from 1");
    }
    sizes.push_back({column->second, part->second, static_cast<std::uint64_t>(items.number.digits), file, true});
  }
  return sizes;
}

}  // namespace osler::published
