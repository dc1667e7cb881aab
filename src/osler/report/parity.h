#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "osler/report/comparison.h"
#include "osler/report/summary.h"

/// One model through two engines or quantisations, asked the same: does it answer the same?
namespace osler::report {

/// What a run made of an item.
struct ParityAnswer {
  std::string text;    ///< The response.
  std::string answer;  ///< What was read of it; empty where nothing was.
  Outcome outcome = Outcome::error;
};

struct ParityItem {
  std::string id;
  std::string gold;
  ParityAnswer a;
  ParityAnswer b;

  [[nodiscard]] bool same_text() const { return a.text == b.text; }
  /// The same was read of both, or of both nothing.
  [[nodiscard]] bool same_answer() const;
};

struct ParityAccuracy {
  double value = 0.0;
  stats::Interval interval;  ///< 95%: clustered by image where it can be, else Wilson's.
};

/// Two runs over the same items under the same protocol.
struct Parity {
  Comparison comparison;  ///< Of all items; its names tell the runs apart.
  std::string benchmark;
  std::string row_set;
  std::string source_a;  ///< Engine and folder.
  std::string source_b;
  std::size_t planned = 0;  ///< Items of the row set; where the runs stopped early, more than were compared.
  std::vector<ParityItem> items;
  std::size_t same_answers = 0;
  std::size_t same_texts = 0;
  double exact_p = 1.0;  ///< McNemar; the comparison has the mid-p.
  ParityAccuracy accuracy_a;
  ParityAccuracy accuracy_b;

  [[nodiscard]] std::size_t neither() const {
    return comparison.n - comparison.both - comparison.only_first - comparison.only_second;
  }
};

/// Fails as compare() does. `items` are those of the runs, in any order.
[[nodiscard]] Result<Parity> make_parity(const RunGrades& a, const RunGrades& b, std::vector<ParityItem> items);

/// The items that were not answered the same; first those that one run alone has right.
[[nodiscard]] std::vector<const ParityItem*> discordant(const Parity& parity);

/// Items below which a warning says what difference could have been seen.
inline constexpr std::size_t kFewItems = 300;

/// "" with enough items.
[[nodiscard]] std::string parity_warning(const Parity& parity);

/// Figures, and the first `most` discordant items.
[[nodiscard]] std::string parity_text(const Parity& parity, std::size_t most);
/// One object, with all discordant items.
[[nodiscard]] std::string parity_json(const Parity& parity);

}  // namespace osler::report
