#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "osler/core/error.h"
#include "osler/report/summary.h"

/// Models x benchmarks, item by item, in a form that holds a whole study in memory.
namespace osler::report {

/// What a run of a study is: the model as it is, or one of the controls.
enum class Control { none, no_image, shuffled_image, permuted };
inline constexpr std::size_t kControls = 4;

struct ModelName {
  std::string name = {};
  std::string group = {};         ///< "general", "medical", ...; may be empty.
  std::string size = {};          ///< Models of one size are compared; may be empty.
  std::string published_as = {};  ///< Its name in published tables; empty: `name`.
};

/// The items of a row set, once for all models.
struct StudyItems {
  std::string benchmark = {};  ///< As tables have it: "slake/closed".
  std::string row_set = {};
  std::string row_set_hash = {};
  std::string capability_source = {};
  std::vector<std::string> ids = {};
  std::vector<std::size_t> cluster_of = {};
  std::size_t clusters = 0;
  std::size_t unclustered = 0;  ///< Items without a decoded image; each counts as one of `clusters`.
  std::vector<Capability> capability = {};
  std::vector<bool> predicted = {};                ///< Whether the label is a classifier's.
  std::vector<std::optional<bool>> labeller = {};  ///< labeller_of().
  std::vector<float> reasoning_probability = {};   ///< By the classifier; 0 or 1 where it has none.
  std::optional<LabelTrust> label_trust = {};      ///< Where labels were predicted.
  /// 1 / options; 0 for open items; below 0 where the number of options is not known.
  std::vector<float> chance = {};
  std::unordered_map<std::string_view, std::size_t> place = {};  ///< Of an id in `ids`.
};

/// What became of the items of a row set in one run, in the order of StudyItems.
struct StudyAnswers {
  std::vector<float> scores = {};  ///< Below 0: the item has no grade.
  std::vector<Outcome> outcomes = {};
  /// Equal answers are equal numbers, different ones different; 0: none was read.
  std::vector<std::uint64_t> answers = {};
  std::vector<float> probability = {};  ///< How sure the model was of its answer; below 0: not known.
};

/// What became of the items in the other orders of their options, all orders of an item in one.
struct OtherOrders {
  std::vector<float> scores = {};           ///< Sum over the other orders.
  std::vector<std::uint16_t> orders = {};   ///< How many were asked; 0: none.
  std::vector<std::uint64_t> answers = {};  ///< The answer of all of them, or kMixed.
  static constexpr std::uint64_t kMixed = ~std::uint64_t{0};
};

/// A model on a benchmark.
struct StudyCell {
  RunGrades run = {};  ///< Without its items.
  bool finished = false;
  StudyAnswers answers = {};
  std::optional<StudyAnswers> no_image = {};
  std::optional<StudyAnswers> shuffled_image = {};
  std::optional<OtherOrders> permuted = {};
};

/// Collects runs. A run that does not fit is left out, and `remarks` says why: a table must not mix row sets.
class StudyGrid {
 public:
  StudyGrid(std::vector<ModelName> models) : models_(std::move(models)) {}

  /// A run of a model; `run.benchmark` without the control's name. The run without control comes before its controls.
  void add(std::size_t model, Control control, RunGrades run);

  [[nodiscard]] const std::vector<ModelName>& models() const { return models_; }
  [[nodiscard]] const std::vector<StudyItems>& benchmarks() const { return benchmarks_; }
  /// Null where the model has no run of the benchmark.
  [[nodiscard]] const StudyCell* cell(std::size_t model, std::size_t benchmark) const;
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  std::size_t benchmark_of(const RunGrades& run);
  void compare_labels(StudyItems& items, const RunGrades& run, const std::string& what);
  void add_control(StudyCell& cell, const StudyItems& items, Control control, const RunGrades& run);

  std::vector<ModelName> models_;
  std::vector<StudyItems> benchmarks_;
  std::map<std::pair<std::size_t, std::size_t>, StudyCell> cells_;
  std::vector<std::string> remarks_;
};

/// The benchmark of a control's run ("slake/closed" of "slake/closed.no-image"), and which control it is.
struct ControlName {
  std::string benchmark = {};
  Control control = Control::none;
};
[[nodiscard]] ControlName control_of(const std::string& benchmark);
/// "no-image" and so on; empty for Control::none.
[[nodiscard]] std::string_view name_of(Control control);

}  // namespace osler::report
