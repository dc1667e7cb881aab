#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "osler/capability/features.h"
#include "osler/core/item.h"

namespace osler::capability {

/// Columns below this are of words, the others of characters.
inline constexpr std::uint32_t kWordColumns = std::uint32_t{1} << 17;
inline constexpr std::uint32_t kTextColumns = std::uint32_t{1} << 18;

/// Names what text_features() does; another number when it does something else.
inline constexpr std::string_view kTextIdentity =
    "osler text features 1: question and options, NFKC case folded, words 1-2, characters 3-5, 2 x 2^17 columns";

/// What a classifier without a model reads of an item: the question, then the options, a line each.
[[nodiscard]] std::string text_of(const Item& item);

/// How often each term stands in a text, columns rising. Terms are words, pairs of words that follow one another, and
/// 3 to 5 characters that follow one another in a word or at its ends, in Unicode's compatible spelling and without
/// case; every digit counts as 0, and an ideograph is a word. Columns are hashes, so that different terms may share
/// one. Bytes that are not UTF-8 count as U+FFFD. Takes time in proportion to the text.
[[nodiscard]] std::vector<Term> text_terms(std::string_view text);

/// Of items, in their order; the work is shared by all usable threads.
[[nodiscard]] Features text_features(std::span<const Item> items);

}  // namespace osler::capability
