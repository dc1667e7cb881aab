#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/dataset/card.h"

namespace osler {

/// Something that is wrong with the data but does not stop it from being used.
struct Problem {
  std::string item_id;  ///< Empty when it concerns the whole row set.
  std::string what;
};

/// Exactly which items a benchmark name stands for.
struct RowSet {
  std::string benchmark;
  std::string split;
  std::string subset;  ///< Empty for the whole split.
  std::string form;
  std::string licence;
  std::vector<std::filesystem::path> files;
  std::vector<Item> items;
  std::vector<Problem> problems;
  std::set<std::filesystem::path> missing_images;      ///< Image files that are not there; each is one of the problems.
  std::map<std::string, std::uint64_t> subset_counts;  ///< Of the whole split, by subset.
  std::vector<std::string> notes;                      ///< Choices made for the user, to be said aloud.

  /// "vqa-rad:test/closed (hf)".
  [[nodiscard]] std::string name() const;
  /// SHA-256 over ids, questions, options and gold answers in order.
  [[nodiscard]] std::string hash() const;
};

/// What to load.
struct RowSetRequest {
  std::string split;                     ///< Empty: the card's default.
  std::string form;                      ///< Empty: the first form that is there, in the card's order.
  std::string subset;                    ///< One of the card's, else a kind; empty: all.
  std::optional<Capability> capability;  ///< Only items of this capability.
};

/// Finds the benchmark under `roots` (searched in order) and reads its items; images are located, not decoded.
[[nodiscard]] Result<RowSet> load_row_set(const Card& card, const RowSetRequest& request,
                                          const std::vector<std::filesystem::path>& roots);

}  // namespace osler
