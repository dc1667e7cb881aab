#include "osler/core/item.h"

#include <array>
#include <cassert>
#include <utility>

namespace osler {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 3> kKinds{
    {{Kind::mcq, "mcq"}, {Kind::yes_no, "yes_no"}, {Kind::open, "open"}}};

constexpr std::array<std::pair<Capability, std::string_view>, 3> kCapabilities{
    {{Capability::unlabeled, "unlabeled"},
     {Capability::understanding, "understanding"},
     {Capability::reasoning, "reasoning"}}};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  return "";
}

template <class Table>
auto value_in(const Table& table, std::string_view name) -> std::optional<decltype(table.front().first)> {
  for (const auto& [value, candidate] : table) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Kind kind) { return name_in(kKinds, kind); }
std::string_view name_of(Capability capability) { return name_in(kCapabilities, capability); }
std::optional<Kind> kind_from(std::string_view name) { return value_in(kKinds, name); }
std::optional<Capability> capability_from(std::string_view name) { return value_in(kCapabilities, name); }

char option_letter(std::size_t option) {
  assert(option < kLetters);
  return static_cast<char>('A' + option);
}

std::string option_name(const Item& item, std::size_t option) {
  const bool by_text = item.kind == Kind::yes_no || option >= kLetters;
  return by_text ? item.options[option] : std::string(1, option_letter(option));
}

}  // namespace osler
