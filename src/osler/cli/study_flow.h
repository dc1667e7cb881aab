#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/run/ablation.h"
#include "osler/run/study_file.h"

namespace osler::cli {

/// What the options of `osler study` say beside the study itself.
struct StudyOptions {
  std::string study;  ///< A name or a path.
  std::string out;    ///< Empty: the study's name.
  std::string data;
  std::optional<std::uint64_t> limit;
  std::vector<std::string> only;      ///< Models to run; empty: all.
  std::vector<std::string> use;       ///< "NAME=MODEL": another way to reach a model of the study.
  std::vector<std::string> settings;  ///< Options of `osler run` for every model, as "--parallel 64".
  bool report_only = false;
};

/// A run of a study that holds grades.
struct StudyRun {
  std::size_t model = 0;  ///< Index into Study::models.
  std::string protocol;
  Ablation control = Ablation::none;
  std::filesystem::path folder;
};

/// What came of a study's runs.
struct StudyProgress {
  std::vector<StudyRun> runs;       ///< That hold grades, in the study's order.
  std::size_t wanted = 0;           ///< Runs that the study is made of, as far as they are known.
  std::size_t there = 0;            ///< Of these, finished before.
  std::vector<std::string> missed;  ///< What could not be run, and why; a sentence each.
  bool interrupted = false;
};

/// Applies --use and --models; a name that the study has not is a usage error.
[[nodiscard]] Status adjust_study(Study& study, const StudyOptions& options);

/// The folder of a study's files.
[[nodiscard]] std::filesystem::path study_folder(const Study& study, const StudyOptions& options);

/// Runs what is missing. A model or a benchmark that cannot be had does not stop the others; a run that is finished is
/// not asked again, and its model is not loaded.
[[nodiscard]] Result<StudyProgress> run_study(const Study& study, const StudyOptions& options);

}  // namespace osler::cli
