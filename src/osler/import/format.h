#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osler {

/// Which tool wrote a file of responses.
enum class RecordFormat {
  medevalkit,  ///< MedEvalKit: results.json, results_N.json, MMMU's parsed_output.json.
  vlmevalkit,  ///< VLMEvalKit: the prediction table MODEL_DATASET.tsv, .csv or .json.
  lmms_eval,   ///< lmms-eval: *_samples_TASK.jsonl.
  lm_eval,     ///< lm-evaluation-harness: samples_TASK_*.jsonl.
  mmmu,        ///< MMMU's evaluator: MODEL/SUBJECT/output.json.
  medxpertqa,  ///< MedXpertQA's evaluator: *_output.jsonl.
  table,       ///< Any CSV, TSV, JSON, JSON Lines or parquet file with a response per row.
};

/// "medevalkit", "vlmevalkit", "lmms-eval", "lm-eval", "mmmu", "medxpertqa", "table".
[[nodiscard]] std::string_view name_of(RecordFormat format);
[[nodiscard]] std::optional<RecordFormat> record_format_from(std::string_view name);
[[nodiscard]] std::vector<std::string> record_format_names();

}  // namespace osler
