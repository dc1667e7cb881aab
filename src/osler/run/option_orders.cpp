#include "osler/run/option_orders.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace osler {
namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    while (at < text.size() && is_word_character(text[at])) ++at;
    if (at > begin) words.push_back(text.substr(begin, at - begin));
    if (at < text.size()) ++at;
  }
  return words;
}

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// Whether the text points at other options, by their letters ("Both A and B") or by where they stand.
bool points_at_others(std::string_view text, std::size_t options) {
  constexpr std::array<std::string_view, 3> kPlaces = {"above", "preceding", "aforementioned"};
  constexpr std::array<std::string_view, 6> kAllBut = {"all", "both", "and", "or", "nor", "neither"};
  std::size_t letters = 0;
  bool joins = false;
  bool only_letters = true;
  for (const auto word : words_of(text)) {
    const std::string lower = lower_case(word);
    if (std::ranges::find(kPlaces, lower) != kPlaces.end()) return true;
    const bool is_joint = std::ranges::find(kAllBut, lower) != kAllBut.end();
    const bool is_letter = word.size() == 1 && word[0] >= 'A' && static_cast<std::size_t>(word[0] - 'A') < options;
    joins = joins || is_joint;
    letters += is_letter ? 1 : 0;
    only_letters = only_letters && (is_joint || is_letter);
  }
  // "Vitamins A and D" names no options; "A and D" and "both A and D" do.
  return letters >= 2 && joins && only_letters;
}

}  // namespace

bool has_other_orders(const Item& item) {
  if (item.options.size() < 2) return false;
  return std::ranges::none_of(item.options,
                              [&](const auto& option) { return points_at_others(option, item.options.size()); });
}

std::vector<Item> in_other_orders(const std::vector<Item>& items) {
  std::vector<Item> shifted;
  for (const Item& item : items) {
    if (!has_other_orders(item)) continue;
    const std::size_t count = item.options.size();
    for (std::size_t shift = 1; shift < count; ++shift) {
      Item& other = shifted.emplace_back(item);
      other.id = shifted_id(item.id, shift);
      for (std::size_t i = 0; i < count; ++i) other.options[i] = item.options[original_option(i, shift, count)];
      if (item.gold_option) other.gold_option = (*item.gold_option + count - shift) % count;
    }
  }
  return shifted;
}

std::uint64_t other_orders_of_first(const std::vector<Item>& items, std::uint64_t limit) {
  std::uint64_t orders = 0;
  for (std::size_t i = 0; i < items.size() && i < limit; ++i) {
    if (has_other_orders(items[i])) orders += items[i].options.size() - 1;
  }
  return orders;
}

}  // namespace osler
