#pragma once

#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/stats/audit/table.h"

namespace osler::published {

/// How a table's numbers are to be read.
struct ReadingOptions {
  std::optional<bool> percent = {};       ///< Without: per cent where a % or a value above 1 occurs.
  std::vector<std::string> ignored = {};  ///< Columns that are no accuracies.
};

/// A table, and what was decided in reading it.
struct PublishedTable {
  audit::Table table = {};
  bool percent = false;
  std::vector<std::string> notes = {};
};

/// Reads a table of accuracies. Long: the columns model, benchmark (or dataset, eval_dataset, task), accuracy (or acc),
/// and where there are any stratum (or split, subset, capability) and n. Wide: model (or method), then a column for
/// each benchmark, perhaps one for their average. Columns of words beside these join the model's name where it alone
/// does not tell rows apart. Errors name line and column. At most a million combinations of model, benchmark and
/// stratum.
[[nodiscard]] Result<PublishedTable> read_table(std::string text, const std::string& file,
                                                const ReadingOptions& options = {});

}  // namespace osler::published
