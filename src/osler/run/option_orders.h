#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/item.h"

namespace osler {

/// Whether the options say the same in any order. "All of the above", "Both A and B" and "None of the preceding" do
/// not; an item without two options has no order.
[[nodiscard]] bool has_other_orders(const Item& item);

/// The id of an item whose options were moved on by `shift` places: "ID@2".
[[nodiscard]] std::string shifted_id(const std::string& id, std::size_t shift);

/// What shifted_id() made: the item and the shift. Nothing for any other id.
struct ShiftedId {
  std::string_view item;
  std::size_t shift = 0;
};
[[nodiscard]] std::optional<ShiftedId> shifted_from(std::string_view id);

/// The place that option `shifted` of `options` has in the item as it was.
[[nodiscard]] constexpr std::size_t original_option(std::size_t shifted, std::size_t shift, std::size_t options) {
  return (shifted + shift) % options;
}

/// Items in all other cyclic orders of their options, an item's after one another: with the item itself every option
/// stands once at every letter. Those without other orders are left out.
[[nodiscard]] std::vector<Item> in_other_orders(const std::vector<Item>& items);

/// How many of in_other_orders() come from the first `limit` items.
[[nodiscard]] std::uint64_t other_orders_of_first(const std::vector<Item>& items, std::uint64_t limit);

}  // namespace osler
