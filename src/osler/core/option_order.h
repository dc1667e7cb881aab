#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Items whose options were moved on, as a control that asks every item in all cyclic orders of its options does.
namespace osler {

/// The id of an item whose options were moved on by `shift` places: "ID@2".
[[nodiscard]] std::string shifted_id(const std::string& id, std::size_t shift);

/// What shifted_id() made: the item and the shift. Nothing for any other id.
struct ShiftedId {
  std::string_view item;
  std::size_t shift = 0;
};
[[nodiscard]] std::optional<ShiftedId> shifted_from(std::string_view id);

/// The place that option `shifted` of `options` has in the item as it was. Precondition: options > 0.
[[nodiscard]] constexpr std::size_t original_option(std::size_t shifted, std::size_t shift, std::size_t options) {
  return (shifted + shift) % options;
}

}  // namespace osler
