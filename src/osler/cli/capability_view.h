#pragma once

#include <string>
#include <vector>

#include "osler/capability/classifier.h"
#include "osler/capability/labels.h"
#include "osler/capability/training.h"
#include "osler/storage/json.h"

namespace osler::cli {

/// A point of a learning curve with its measures.
struct CurveRow {
  double share = 1.0;
  std::size_t rows = 0;
  capability::CurveMeasures measures;
};

/// All that `osler capability evaluate` has to say.
struct EvaluationView {
  std::string row_set;
  std::string embedding;
  std::string how;  ///< how_of(), or by which classifier.
  capability::Evaluation evaluation;
  std::vector<CurveRow> curve;  ///< By rising share; empty where there is none.
};

/// Tables for people; names in it are not yet printable.
[[nodiscard]] std::string evaluation_text(const EvaluationView& view);
[[nodiscard]] Json evaluation_view_json(const EvaluationView& view);

/// One sentence: whether the labels say more than the name of the more frequent class.
[[nodiscard]] std::string verdict_of(const capability::Evaluation& evaluation);

/// "nested cross-validation, 5 folds by image and question, seed 1; C = 4 on all items", with a remark where C is the
/// first or last to choose from.
[[nodiscard]] std::string how_of(const capability::TrainingOptions& options, double penalty);

}  // namespace osler::cli
