#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "osler/dataset/card.h"
#include "osler/dataset/data_sample.h"

namespace osler {

/// What a data file's columns seem to be.
struct CardGuess {
  Form form;
  std::map<std::string, std::string> reasons;  ///< By the form's keys ("question", "strata", ...): guessed from what.
  std::vector<std::string> notes;              ///< What the user should look at.
};

/// Guesses a form from a file's first records. That no column looks like a question or an answer is an error.
[[nodiscard]] Result<CardGuess> guess_card(const DataSample& sample, const std::filesystem::path& file);

}  // namespace osler
