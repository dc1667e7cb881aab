#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"
#include "osler/dataset/image_loader.h"
#include "osler/dataset/loader.h"

namespace osler {

/// Whether a row set is whole: every item and every image looked at.
struct DataReport {
  std::string benchmark;
  std::string row_set;
  std::string row_set_hash;
  std::uint64_t items = 0;
  std::map<std::string, std::uint64_t> kinds;         ///< By the names of Kind.
  std::map<std::string, std::uint64_t> subsets;       ///< Of the split, by the card's subsets.
  std::map<std::string, std::uint64_t> capabilities;  ///< By the names of Capability.
  std::map<std::string, std::uint64_t> gold_letters;  ///< Position of the gold option of mcq items.
  std::uint64_t images = 0;                           ///< References to images, over all items.
  std::uint64_t distinct_images = 0;                  ///< Different pictures by their pixels.
  std::vector<Problem> problems;
};

/// Decodes every image and compares the counts with the card's. `progress` gets (items done, items in all).
[[nodiscard]] DataReport check_data(const Card& card, const RowSet& rows, DecodeLimits limits,
                                    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace osler
