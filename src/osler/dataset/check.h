#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/dataset/images/decode.h"
#include "osler/dataset/loader.h"

namespace osler {

/// How many of a row set's pictures a training split has as well.
struct TrainingOverlap {
  std::string row_set;          ///< The training split's name.
  std::uint64_t pictures = 0;   ///< Of the row set, different ones.
  std::uint64_t shared = 0;     ///< Of these, the ones that the training split has: by its file's name, or by pixels.
  bool compared_pixels = true;  ///< False where the training split has too many images to decode them all.
};

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
  std::map<std::string, std::uint64_t> gold_yes_no;   ///< Of yes_no items.
  std::uint64_t images = 0;                           ///< References to images, over all items.
  std::uint64_t distinct_images = 0;                  ///< Different pictures by their pixels.
  std::uint64_t near_duplicates = 0;                  ///< Pairs of different pictures that look alike.
  std::vector<TrainingOverlap> training;
  std::vector<Problem> problems;  ///< The files should be mended or fetched again.
  std::vector<Problem> remarks;   ///< What is odd in the benchmark itself.
};

struct CheckSettings {
  DecodeLimits limits;
  std::vector<const RowSet*> training;  ///< Splits whose pictures the row set should not share.
  /// Gets what is being looked at, images done, images in all.
  std::function<void(const std::string&, std::uint64_t, std::uint64_t)> progress;
};

/// Decodes every image once, compares the counts with the card's and the pictures with each other.
[[nodiscard]] DataReport check_data(const Card& card, const RowSet& rows, const CheckSettings& settings = {});

}  // namespace osler
