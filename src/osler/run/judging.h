#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/grade/grader.h"
#include "osler/prompt/judge.h"
#include "osler/run/grades_file.h"
#include "osler/run/recorded_run.h"
#include "osler/run/runner.h"
#include "osler/run/verdicts.h"

namespace osler {

/// Reads verdicts from a judge's replies, by the grader's strict rules: a reply is read as if it answered an item with
/// the options "correct" and "incorrect".
class VerdictReader {
 public:
  /// Fails with ErrorCode::usage where the judge's extraction names what the grader does not know.
  [[nodiscard]] static Result<VerdictReader> make(const Judge& judge);

  [[nodiscard]] JudgeVerdict read(const Response& reply) const;

 private:
  explicit VerdictReader(grade::Grader grader);

  grade::Grader grader_;
  Item item_;
};

/// A run and its grades by exact match. The rows point into items and responses: it is moved, never copied.
struct RunToJudge : RecordedRun {
  RunToJudge() = default;
  RunToJudge(const RunToJudge&) = delete;
  RunToJudge& operator=(const RunToJudge&) = delete;
  RunToJudge(RunToJudge&&) = default;
  RunToJudge& operator=(RunToJudge&&) = default;
  ~RunToJudge() = default;

  std::string rules;  ///< The protocol that graded.
  std::vector<GradedResponse> rows;

  /// Rows that a judge is asked about.
  [[nodiscard]] std::uint64_t answers() const;
};

/// Whether a judge is asked about the row: an open item from which an answer was read.
[[nodiscard]] bool is_judged(const GradedResponse& row);

/// Reads a run and grades it by a protocol, as rule_set_for() finds it.
[[nodiscard]] Result<RunToJudge> load_run_to_judge(const std::filesystem::path& folder, const std::string& protocol);

/// What the judge sees of a row. What reads as a box to the grader has lost its backslash: a reply that repeats the
/// answer must not thereby hold a verdict. Precondition: is_judged(row).
[[nodiscard]] JudgeCase case_of(const GradedResponse& row, const Judge& judge);

/// The verdict on the answer as it was read now; null where there is none, or one on another answer.
/// Precondition: is_judged(row).
[[nodiscard]] const StoredVerdict* verdict_on(const Verdicts& verdicts, const GradedResponse& row, const Judge& judge);

/// The model's name, and that of the judge unless it is "default": names the folder below RUN/judge.
[[nodiscard]] std::string judge_name(const std::string& model, const Judge& judge);

struct JudgingOptions {
  std::optional<std::uint64_t> limit;               ///< Only the first so many answers.
  bool retry_errors = false;                        ///< Ask again where the judge failed before.
  std::map<std::string, std::string> details = {};  ///< Of the manifest, beside the engine's.
};

struct JudgingTotals {
  std::uint64_t total = 0;       ///< Answers that are to be judged, by the limit.
  std::uint64_t kept = 0;        ///< Judged by an earlier start.
  std::uint64_t asked = 0;       ///< Judged by this one.
  std::uint64_t cached = 0;      ///< Of these: the reply was taken from a cache (Response::cached).
  std::uint64_t unjudged = 0;    ///< Never put before the judge: errors in the table until they are.
  std::uint64_t no_verdict = 0;  ///< The reply holds none.
  std::uint64_t failed = 0;      ///< There was no reply.
};

/// Asks the judge about every answer that it has not seen (or of which it has seen another text), journals what it
/// says in RUN/judge/NAME, and writes grades.parquet anew with its verdicts. A journal of another model, prompt or
/// decoding is refused (ErrorCode::mismatch). Whatever ends the asking, what was said is kept and graded.
[[nodiscard]] Result<JudgingTotals> judge_run(RunToJudge& run, const Judge& judge, const JudgingOptions& options,
                                              Engine& engine, RunObserver& observer, std::stop_token stop);

/// Puts verdicts in place of exact match in the rows that are judged. The rule is then "judge"; "judge_none" (outcome
/// unparsed) where the reply holds no verdict, "judge_error" (error) where there is no reply, and "judge_missing"
/// (error) where the judge was not asked about this answer.
void apply_verdicts(RunToJudge& run, const Judge& judge, const Verdicts& verdicts);

}  // namespace osler
