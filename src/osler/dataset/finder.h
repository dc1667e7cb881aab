#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"

namespace osler {

/// The files of one split of a benchmark in one of its forms.
struct FoundForm {
  const Form* form = nullptr;  ///< Points into the card.
  std::string split;
  std::vector<std::filesystem::path> files;  ///< In name order, so that shards follow one another.
};

/// What a search came to: the forms that are there, and why look-alikes are not.
struct Findings {
  std::vector<FoundForm> found;  ///< In the card's order of forms; at most one place per form.
  std::vector<std::string> rejected;  ///< "FILE is named like the form hf, but has no column 'answer'".
};

/// Looks for the card's forms under `root`, up to four folders deep. An unreadable or missing root is an error,
/// an empty result is not.
[[nodiscard]] Result<Findings> find_forms(const Card& card, const std::string& split,
                                          const std::filesystem::path& root);

/// True if a path's last components match a pattern like "data/test-*.parquet" (* within one component).
[[nodiscard]] bool path_matches(const std::filesystem::path& path, const std::string& pattern);

}  // namespace osler
