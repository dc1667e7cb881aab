#include "osler/core/option_order.h"

#include <charconv>

namespace osler {

std::string shifted_id(const std::string& id, std::size_t shift) { return id + "@" + std::to_string(shift); }

std::optional<ShiftedId> shifted_from(std::string_view id) {
  const std::size_t at = id.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = id.substr(at + 1);
  ShiftedId found{id.substr(0, at)};
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), found.shift);
  if (problem != std::errc() || end != digits.data() + digits.size() || found.shift == 0) return std::nullopt;
  return found;
}

}  // namespace osler
