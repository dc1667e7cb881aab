#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/dataset/card.h"

namespace osler {

/// The files of one split of a benchmark in one of its forms.
struct FoundForm {
  const Form* form = nullptr;  ///< Points into the card.
  std::string split;
  std::vector<std::filesystem::path> files;   ///< In name order, so that shards follow one another. May lie in a zip.
  std::vector<std::filesystem::path> others;  ///< First files of other places that would do as well.
};

/// What a search came to: the forms that are there, and why look-alikes are not.
struct Findings {
  std::vector<FoundForm> found;       ///< In the card's order of forms; at most one place per form.
  std::vector<std::string> rejected;  ///< "FILE is named like the form 'hf', but has no column 'answer'".
  std::vector<Error> unreadable;      ///< Files of the right name that cannot be read.
};

/// Looks for the card's forms under `root`, up to eight folders deep, and in the zips that the card names. Folders that
/// only hold images are not entered. An unreadable or missing root is an error, an empty result is not. With
/// `only_form` the others are not looked at, and a parquet file of an odd size is taken for what it is called.
[[nodiscard]] Result<Findings> find_forms(const Card& card, const std::string& split, const std::filesystem::path& root,
                                          const std::string& only_form = {});

/// As find_forms, for every split of every form: the folder is walked once.
[[nodiscard]] Result<Findings> find_every_split(const Card& card, const std::filesystem::path& root,
                                                const std::string& only_form = {});

/// Where a split lies in a form; null if the form does not have it.
[[nodiscard]] const std::vector<std::string>* patterns_of(const Form& form, const std::string& split);

/// Every split of the form, in name order.
[[nodiscard]] std::vector<std::string> splits_of(const Form& form);

}  // namespace osler
