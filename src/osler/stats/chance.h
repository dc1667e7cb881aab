#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace osler::stats {

/// The accuracy of who draws an option at random: the mean over items of 1 / options. An item without options (an open
/// question) adds 0. nullopt without items.
[[nodiscard]] std::optional<double> chance_level(std::span<const std::size_t> options);

/// How far an accuracy is on the way from chance to 1: (accuracy - chance) / (1 - chance); below 0 for what is worse
/// than chance. J. Cohen (1960), Educational and Psychological Measurement 20, 37-46, with chance in place of the
/// agreement that margins would bring. nullopt where chance is 1.
[[nodiscard]] std::optional<double> chance_corrected(double accuracy, double chance);

}  // namespace osler::stats
