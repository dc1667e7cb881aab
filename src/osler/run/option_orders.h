#pragma once

#include <cstdint>
#include <vector>

#include "osler/core/item.h"
#include "osler/core/option_order.h"

namespace osler {

/// Whether the options say the same in any order. "All of the above", "Both A and B" and "None of the preceding" do
/// not; an item without two options has no order.
[[nodiscard]] bool has_other_orders(const Item& item);

/// Items in all other cyclic orders of their options, an item's after one another: with the item itself every option
/// stands once at every letter. Those without other orders are left out.
[[nodiscard]] std::vector<Item> in_other_orders(const std::vector<Item>& items);

/// How many of in_other_orders() come from the first `limit` items.
[[nodiscard]] std::uint64_t other_orders_of_first(const std::vector<Item>& items, std::uint64_t limit);

}  // namespace osler
