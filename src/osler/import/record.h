#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler {

/// A response that another tool recorded, and what its record says about the question. What is not recorded is empty.
struct Record {
  Place place;
  std::string id;
  std::optional<std::uint64_t> position;  ///< 0-based place of the question in the list that the tool went through.
  std::optional<std::string> response;    ///< Untouched. Nothing: the tool recorded that there is none (null).
  FinishReason finish = FinishReason::stop;
  std::string question;
  std::string prompt;                ///< The whole text that was asked, with options and instructions.
  std::vector<std::string> options;  ///< As they were asked, without their letters.
  std::string gold;                  ///< As it is written: a letter or a text.
  std::vector<std::string> images;   ///< File names, perhaps with folders.
  std::optional<Kind> kind;
  std::string model;
};

}  // namespace osler
