#include "osler/import/guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>

#include "osler/import/record_files.h"
#include "osler/import/record_rows.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

std::optional<RecordFormat> format_of(const Json& row, const std::string& file) {
  const auto has = [&row](const char* name) { return row.contains(name); };
  if (has("doc_id") && (has("resps") || has("filtered_resps"))) {
    // lmms-eval puts the first argument into `input`; lm-eval numbers its arguments.
    if (has("input") || has("input_text")) return RecordFormat::lmms_eval;
    const auto arguments = row.find("arguments");
    if (arguments != row.end() && arguments->is_object() && arguments->contains("gen_args_0")) {
      return RecordFormat::lm_eval;
    }
    return std::nullopt;
  }
  if (has("prediction_rationale") && has("messages")) return RecordFormat::medxpertqa;
  if (has("index") && has("prediction") && has("question")) return RecordFormat::vlmevalkit;
  const bool answered = has("response") && has("answer");
  if (answered && file == "output.json" && has("id") && has("question_type")) return RecordFormat::mmmu;
  const bool medevalkit = file == "results.json" || file == "parsed_output.json" ||
                          (file.starts_with("results_") && file.ends_with(".json"));
  if (answered && medevalkit) return RecordFormat::medevalkit;
  return std::nullopt;
}

/// The file itself, or the first one in the folder that any of the tools would name so.
fs::path file_to_look_at(const fs::path& path) {
  std::error_code problem;
  if (!fs::is_directory(path, problem)) return path;
  for (const auto format : {RecordFormat::mmmu, RecordFormat::medevalkit, RecordFormat::medxpertqa,
                            RecordFormat::lmms_eval, RecordFormat::vlmevalkit}) {
    const auto files = record_files({path.string()}, format);
    if (files) return files->front();
  }
  return path;
}

}  // namespace

Result<RecordFormat> guess_format(const fs::path& path) {
  const fs::path file = file_to_look_at(path);
  std::error_code problem;
  if (!fs::exists(file, problem)) {
    return fail(ErrorCode::not_found, "is not there", {path.string()}, "give a file of responses, or a folder of them");
  }
  std::optional<RecordFormat> found;
  bool seen = false;
  if (!fs::is_directory(file, problem)) {
    const auto status = for_each_record_row(file, [&](Json&& row, const Place&) -> Status {
      seen = true;
      found = format_of(row, file.filename().string());
      return fail(ErrorCode::interrupted, "one record is enough");
    });
    if (!status && !seen) return pass(status);
  }
  if (found) return *found;
  return fail(ErrorCode::usage, "does not say which tool wrote it", {path.string()},
              fmt::format("name the format with --format: {}", fmt::join(record_format_names(), ", ")));
}

}  // namespace osler
