#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/report/summary.h"
#include "osler/stats/paired.h"

namespace osler::report {

/// Two runs over the same items, compared item by item. Every outcome but `correct` scores 0.
struct Comparison {
  std::string first = {};  ///< Models' names.
  std::string second = {};
  std::string benchmark = {};
  std::string stratum = {};  ///< "all", "understanding", "reasoning", or "modality=CT".
  std::size_t n = 0;
  double first_accuracy = 0.0;  ///< Mean scores; 0 without items.
  double second_accuracy = 0.0;
  std::size_t both = 0;        ///< Items that both have right.
  std::size_t only_first = 0;  ///< Items that one of them alone has right.
  std::size_t only_second = 0;
  std::optional<stats::PairedDifference> difference = {};  ///< Nothing with fewer than two images.
  double mcnemar_p = 1.0;                                  ///< Exact, mid-p; takes items as independent.
};

/// Pairs the items of two runs by their ids. Fails with ErrorCode::mismatch when the runs are not over the same row set
/// or one of them lacks items of the other: an unpaired rest would be a comparison of something else.
[[nodiscard]] Result<Comparison> compare(const RunGrades& first, const RunGrades& second,
                                         std::optional<Capability> capability = std::nullopt);

/// All items, those of either capability where there are any, and for each name in `by` one comparison for each of the
/// values that the items have ("kind" or a stratum's, in alphabetical order).
[[nodiscard]] Result<std::vector<Comparison>> compare_strata(const RunGrades& first, const RunGrades& second,
                                                             const std::vector<std::string>& by);

/// An item that one of two runs has right and the other has not.
struct DifferingItem {
  std::string item_id = {};
  bool first_is_right = false;
  std::string first_answer = {};  ///< What was read; the outcome in brackets where nothing was.
  std::string second_answer = {};
};

/// In the first run's order; fails as compare() does.
[[nodiscard]] Result<std::vector<DifferingItem>> differing_items(const RunGrades& first, const RunGrades& second);

/// One sentence: "A is 12.5 points above B [8.1, 16.9] (p = 0.00021; ...)".
[[nodiscard]] std::string sentence(const Comparison& comparison);

}  // namespace osler::report
