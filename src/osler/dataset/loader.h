#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/dataset/card.h"

namespace osler {

/// Something that is wrong or odd with the data but does not stop it from being used.
struct Problem {
  std::string item_id;  ///< Empty when it concerns the whole row set.
  std::string what;
};

/// Exactly which items a benchmark name stands for.
struct RowSet {
  std::string benchmark;
  std::string split;
  std::string subset;         ///< Empty for the whole split.
  std::string default_split;  ///< The card's.
  std::string form;
  std::string licence;
  std::vector<std::filesystem::path> files;
  std::vector<Item> items;
  std::vector<Problem> problems;                       ///< The files should be mended or fetched again.
  std::vector<Problem> remarks;                        ///< The benchmark itself is odd here; what was made of it.
  std::set<std::filesystem::path> missing_images;      ///< Image files that are not there; each is one of the problems.
  std::map<std::string, std::uint64_t> subset_counts;  ///< Of the whole split, by subset.
  std::vector<std::string> notes;                      ///< Choices made for the user, to be said aloud.

  /// "vqa-rad:test/closed (hf)"; without the colon if there is no split.
  [[nodiscard]] std::string name() const;
  /// What tables call it: the benchmark, with the split unless it is the card's default, and the subset if there is
  /// one: "slake", "slake:zh", "vqa-rad/closed". Two row sets of one benchmark never look alike.
  [[nodiscard]] std::string label() const;
  /// SHA-256 over ids, kinds, questions, options and gold answers in order.
  [[nodiscard]] std::string hash() const;
};

/// What to load.
struct RowSetRequest {
  std::string split;                     ///< Empty: the card's default.
  std::string form;                      ///< Empty: the first form that is there, in the card's order.
  std::string subset;                    ///< One of the card's, else a kind; empty: all.
  std::optional<Capability> capability;  ///< Only items of this capability.
};

/// Where benchmarks are looked for. A list of folders will do.
struct DataPlaces {
  DataPlaces() = default;
  DataPlaces(std::initializer_list<std::filesystem::path> in) : folders(in) {}
  DataPlaces(std::vector<std::filesystem::path> in) : folders(std::move(in)) {}

  std::vector<std::filesystem::path> folders;      ///< In order.
  std::optional<std::filesystem::path> hub_cache;  ///< Then the snapshots of the card's repositories in here.
};

/// Finds the benchmark and reads its items; images are located, not decoded.
[[nodiscard]] Result<RowSet> load_row_set(const Card& card, const RowSetRequest& request, const DataPlaces& places);

/// As load_row_set, but hands every item on as soon as its row is read, and keeps none: `accept` ends the reading by
/// returning false. What is returned has everything but the items.
[[nodiscard]] Result<RowSet> stream_row_set(const Card& card, const RowSetRequest& request, const DataPlaces& places,
                                            const std::function<bool(Item&&)>& accept);

/// A split that is at hand in one of the card's forms.
struct FoundRowSet {
  const Form* form = nullptr;  ///< Points into the card.
  std::string split;
  std::vector<std::filesystem::path> files;
  std::filesystem::path root;  ///< The place of DataPlaces, or the snapshot, that they were found in.
};

/// Every form in which a split is at hand, in the order in which load_row_set would take them.
[[nodiscard]] Result<std::vector<FoundRowSet>> list_row_sets(const Card& card, const std::string& split,
                                                             const DataPlaces& places);

/// All that is at hand of a benchmark: every split of every form, and the files of the right name that cannot be read.
struct Inventory {
  std::vector<FoundRowSet> row_sets;  ///< In the order of places, forms and splits.
  std::vector<Error> unreadable;
};
[[nodiscard]] Result<Inventory> take_inventory(const Card& card, const DataPlaces& places);

/// Reads what was found, as stream_row_set does, without looking for it again. No items are not an error here.
[[nodiscard]] Result<RowSet> stream_found(const Card& card, const FoundRowSet& found,
                                          const std::function<bool(Item&&)>& accept);

}  // namespace osler
