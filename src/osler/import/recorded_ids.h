#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/item.h"
#include "osler/import/record.h"

namespace osler {

/// Finds items by the ids that records carry.
class ItemIds {
 public:
  /// `items` must outlive this.
  explicit ItemIds(const std::vector<Item>& items);

  /// The item of exactly this id.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const;

  struct Part {
    std::size_t word = 0;  ///< Which word of the id it begins with.
    std::size_t item = 0;
  };
  /// The only item whose id stands in `id` as a whole word, or as several in a row: 11934 in "slake_11934_1491ca5a".
  /// Nothing if there is none or more than one.
  [[nodiscard]] std::optional<Part> find_part(std::string_view id) const;

 private:
  std::unordered_map<std::string_view, std::size_t> items_;
};

/// Whether the ids only count the records in their order, from 0 or from 1: then they are row numbers of some file and
/// need not be ids of the benchmark's.
[[nodiscard]] bool ids_only_count(const std::vector<Record>& records);

/// Whether those ids that are bare numbers, in records that do not say what was asked, mean the items that have these
/// numbers: nine in ten of them must be ids of items, or nine in ten items must be among them. Copies of one benchmark
/// number their questions differently, and of two such numberings some numbers are the same by chance.
[[nodiscard]] bool numbers_are_ids(const std::vector<Record>& records, const ItemIds& ids, std::size_t items);

/// Whether the record has nothing but a bare number to tell which question it answers.
[[nodiscard]] bool is_bare_number(const Record& record);

}  // namespace osler
