#pragma once

#include <string_view>
#include <vector>

#include "osler/capability/sparse_rows.h"
#include "osler/core/item.h"

namespace osler::capability {

inline constexpr std::string_view kTextIdentity = "text v1 words 1-2 characters 3-5 buckets 65536";

/// Counts of words and pairs of words, and of runs of 3 to 5 characters within words, of the question and the options,
/// each in one of 65,536 buckets by its hash (FNV-1a). Needs no model and no vocabulary. A word is a run of ASCII
/// letters (lower case), digits and characters beyond ASCII. Of an item the first 64 KiB are read.
/// K. Weinberger et al. (2009), Feature hashing for large scale multitask learning, ICML.
[[nodiscard]] Features text_features(const std::vector<Item>& items);

}  // namespace osler::capability
